package org.skep.fuse.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads `/proc/self/mountinfo`, which tells of a mount without touching its file system (a dead
/// one would hang or fail).
final class MountTable {
  /// @param deviceMinor of the mount's device number (major 0): the name of the connection under
  ///   /sys/fs/fuse/connections
  record Entry(String mountPoint, String type, String device, int deviceMinor) {}

  private static final Path TABLE = Path.of("/proc/self/mountinfo");

  private MountTable() {}

  /// The topmost mount at exactly this path (absolute, without symbolic links).
  static Optional<Entry> find(Path mountPoint) throws MountException {
    try {
      @Nullable Entry found = null;
      for (String line : Files.readString(TABLE, StandardCharsets.ISO_8859_1).split("\n")) {
        Entry entry = parse(line);
        if (entry != null && entry.mountPoint().equals(mountPoint.toString())) {
          found = entry;
        }
      }
      return Optional.ofNullable(found);
    } catch (IOException e) {
      throw new MountException("cannot read " + TABLE + ": " + e.getMessage(), e);
    }
  }

  /// `36 35 0:52 / /mnt/point rw,noatime shared:1 - fuse.skep source rw,...`
  static @Nullable Entry parse(String line) {
    int separator = line.indexOf(" - ");
    if (separator < 0) {
      return null;
    }
    String[] left = line.substring(0, separator).split(" ");
    String[] right = line.substring(separator + 3).split(" ");
    if (left.length < 5 || right.length < 2 || left[2].indexOf(':') < 0) {
      return null;
    }
    int minor = Integer.parseInt(left[2].substring(left[2].indexOf(':') + 1));
    return new Entry(unescape(left[4]), right[0], unescape(right[1]), minor);
  }

  /// Space, tab, newline and backslash stand there as three octal digits.
  private static String unescape(String text) {
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length()) {
        bytes[length++] = (byte) Integer.parseInt(text.substring(i + 1, i + 4), 8);
        i += 3;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
