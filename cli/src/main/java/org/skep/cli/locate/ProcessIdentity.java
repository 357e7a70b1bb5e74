package org.skep.cli.locate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One process for good: its number alone may be another's tomorrow.
///
/// @param pid the process number
/// @param startTicks when it started, as `/proc/PID/stat` has it (clock ticks since the boot)
/// @param bootId which boot
public record ProcessIdentity(int pid, long startTicks, String bootId) {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})@(\\d{1,18})/([0-9a-f-]{1,64})");

  /// This process.
  public static ProcessIdentity own() {
    return of((int) ProcessHandle.current().pid());
  }

  /// The process that now has this number; start 0 if there is none.
  public static ProcessIdentity of(int pid) {
    return new ProcessIdentity(pid, startTicks(pid), currentBootId());
  }

  /// Whether this very process still runs.
  public boolean alive() {
    return startTicks != 0 && startTicks(pid) == startTicks && currentBootId().equals(bootId);
  }

  @Override
  public String toString() {
    return pid + "@" + startTicks + "/" + bootId;
  }

  /// @throws IllegalArgumentException if it is not the text of one
  static ProcessIdentity parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a process: " + text);
    }
    return new ProcessIdentity(
        Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)), matcher.group(3));
  }

  private static long startTicks(int pid) {
    try {
      // The command in the second field may hold anything, also blanks and brackets.
      String stat =
          new String(
              Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
      String[] rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      boolean gone = rest[0].equals("Z") || rest[0].equals("X");
      return gone ? 0 : Long.parseLong(rest[19]);
    } catch (IOException e) {
      return 0;
    }
  }

  private static String currentBootId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
