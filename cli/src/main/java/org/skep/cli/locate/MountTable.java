package org.skep.cli.locate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The mounts this process sees, from `/proc/self/mountinfo` (proc_pid_mountinfo(5)), in the order
/// they were made.
///
/// @param entries later ones cover earlier ones at the same place
public record MountTable(List<Entry> entries) {
  /// The type under which Skep's mounts stand there.
  public static final String TYPE = "fuse.skep";

  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  /// @param source what the mount was made from: for Skep the address of management
  public record Entry(Path mountPoint, String type, String source) {
    public boolean isSkep() {
      return type.equals(TYPE);
    }
  }

  public static MountTable read() {
    try {
      return parse(Files.readAllBytes(MOUNTINFO));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static MountTable parse(byte[] content) {
    List<Entry> entries = new ArrayList<>();
    for (String line : new String(content, StandardCharsets.UTF_8).split("\n")) {
      String[] fields = line.split(" ");
      int dash = 6; // optional fields stand before it
      while (dash < fields.length && !fields[dash].equals("-")) {
        dash++;
      }
      if (dash + 2 < fields.length) {
        Path mountPoint = Path.of(unescape(fields[4]));
        entries.add(new Entry(mountPoint, fields[dash + 1], unescape(fields[dash + 2])));
      }
    }
    return new MountTable(List.copyOf(entries));
  }

  /// The mount that an absolute, normal path is on.
  public Optional<Entry> holding(Path path) {
    Entry best = null;
    for (Entry entry : entries) {
      boolean deeper =
          best == null || entry.mountPoint().getNameCount() >= best.mountPoint().getNameCount();
      if (path.startsWith(entry.mountPoint()) && deeper) {
        best = entry;
      }
    }
    return Optional.ofNullable(best);
  }

  /// The topmost mount whose mount point is just this path.
  public Optional<Entry> at(Path mountPoint) {
    return entries.reversed().stream().filter(e -> e.mountPoint().equals(mountPoint)).findFirst();
  }

  /// Blank, tab, newline and backslash are written as three octal digits after a backslash.
  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream plain = new ByteArrayOutputStream(raw.length);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '\\' && i + 3 < raw.length) {
        plain.write(Integer.parseInt(new String(raw, i + 1, 3, StandardCharsets.US_ASCII), 8));
        i += 3;
      } else {
        plain.write(raw[i]);
      }
    }
    return plain.toString(StandardCharsets.UTF_8);
  }
}
