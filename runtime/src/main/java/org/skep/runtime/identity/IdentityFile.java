package org.skep.runtime.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Disk;

/// The file `skep-target` in the root of a target directory. Text, for the administrator's eye:
///
/// ```
/// magic = "skep-target"
/// format = 1
/// kind = "storage"
/// cluster = "8f0c..."
/// node = 1
/// target = 101
/// uuid = "..."
/// crc32c = "89abcdef"     of all bytes above this line
/// ```
///
/// Written as a temporary file, synced, renamed, directory synced.
final class IdentityFile {
  static final String NAME = "skep-target";
  static final int FORMAT = 1;

  private static final String TEMPORARY = NAME + ".new";
  private static final String MAGIC = "skep-target";
  private static final String CHECKSUM = "crc32c = ";
  private static final int BYTES_MAX = 4096;

  private IdentityFile() {}

  /// What the file says, or why it can't be used.
  ///
  /// @param trouble a text, if `identity` is null
  record Content(@Nullable TargetIdentity identity, String trouble) {}

  static boolean exists(Disk disk) throws IOException {
    return disk.exists(NAME);
  }

  static boolean isOwn(String name) {
    return name.equals(NAME) || name.equals(TEMPORARY) || ClaimFile.isOwn(name);
  }

  static void write(Disk disk, TargetIdentity identity) throws IOException {
    String text =
        "magic = \""
            + MAGIC
            + "\"\n"
            + "format = "
            + FORMAT
            + "\n"
            + "kind = \""
            + identity.kind().label()
            + "\"\n"
            + "cluster = \""
            + identity.clusterId()
            + "\"\n"
            + "node = "
            + identity.nodeId()
            + "\n"
            + "target = "
            + identity.targetId()
            + "\n"
            + "uuid = \""
            + identity.uuid()
            + "\"\n";
    byte[] bytes = (text + CHECKSUM + "\"" + checksum(text) + "\"\n").getBytes(charset());
    try (Disk.File file = disk.open(TEMPORARY, true)) {
      file.truncate(0);
      file.write(ByteBuffer.wrap(bytes), 0);
      file.sync(false);
    }
    disk.rename(TEMPORARY, NAME);
    disk.syncDirectory("");
  }

  static Content read(Disk disk) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX + 1);
    try (Disk.File file = disk.open(NAME, false)) {
      int _ = file.read(bytes, 0);
    }
    bytes.flip();
    if (bytes.remaining() > BYTES_MAX) {
      return corrupt("it is larger than " + BYTES_MAX + " bytes");
    }
    return parse(charset().decode(bytes).toString());
  }

  /// Format before checksum: a newer format may have another one.
  private static Content parse(String text) {
    Map<String, String> fields = fields(text);
    if (!MAGIC.equals(fields.get("magic"))) {
      return corrupt("it does not begin with its magic");
    }
    int format = number(fields.get("format"));
    if (format > FORMAT) {
      return new Content(
          null,
          "has format " + format + ", this Skep knows up to " + FORMAT + ": use a newer Skep");
    }
    int end = text.indexOf(CHECKSUM);
    if (end < 0 || !checksum(text.substring(0, end)).equals(fields.get("crc32c"))) {
      return corrupt("its checksum is wrong");
    }
    NodeKind kind = kind(fields.get("kind"));
    if (format < 1 || kind == null) {
      return corrupt("its fields are wrong");
    }
    try {
      return new Content(
          new TargetIdentity(
              kind,
              fields.getOrDefault("cluster", ""),
              number(fields.get("node")),
              number(fields.get("target")),
              fields.getOrDefault("uuid", "")),
          "");
    } catch (IllegalArgumentException e) {
      return corrupt(String.valueOf(e.getMessage()));
    }
  }

  private static Content corrupt(String why) {
    return new Content(null, "is corrupt: " + why);
  }

  private static Map<String, String> fields(String text) {
    Map<String, String> fields = new HashMap<>();
    text.lines()
        .map(line -> line.split(" = ", 2))
        .filter(parts -> parts.length == 2)
        .forEach(parts -> fields.putIfAbsent(parts[0], unquoted(parts[1])));
    return fields;
  }

  private static String unquoted(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  /// -1 if it is none.
  private static int number(@Nullable String text) {
    try {
      return text == null ? -1 : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static @Nullable NodeKind kind(@Nullable String label) {
    for (NodeKind kind : NodeKind.values()) {
      if (kind.label().equals(label)) {
        return kind;
      }
    }
    return null;
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(charset()));
    return String.format("%08x", crc.getValue());
  }

  /// Bytes and characters one to one, so that damage can't hide in decoding.
  private static Charset charset() {
    return StandardCharsets.ISO_8859_1;
  }
}
