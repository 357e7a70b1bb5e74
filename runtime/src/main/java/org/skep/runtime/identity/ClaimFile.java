package org.skep.runtime.identity;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Disk;

/// The uuid of a directory that is to become a target, kept from before its registration until its
/// identity is written: as the name of an empty file, `skep-target.uuid-<32 hex>`, so that it is
/// there or not, and never half.
final class ClaimFile {
  private static final int UUID_BYTES = 16;
  private static final String PREFIX = "skep-target.uuid-";
  private static final Pattern NAME = Pattern.compile(Pattern.quote(PREFIX) + "[0-9a-f]{32}");

  private ClaimFile() {}

  static boolean isOwn(String name) {
    return NAME.matcher(name).matches();
  }

  static boolean exists(List<String> names) {
    return names.stream().anyMatch(ClaimFile::isOwn);
  }

  static String claim(Disk disk, Chance chance) throws IOException {
    disk.createDirectories("");
    for (String name : disk.list("")) {
      if (isOwn(name)) {
        // An earlier life may have ended before it synced.
        disk.syncDirectory("");
        return name.substring(PREFIX.length());
      }
    }
    String uuid = HexFormat.of().formatHex(chance.secretBytes(UUID_BYTES));
    disk.open(PREFIX + uuid, true).close();
    disk.syncDirectory("");
    return uuid;
  }

  static void remove(Disk disk) throws IOException {
    for (String name : disk.list("")) {
      if (isOwn(name)) {
        boolean _ = disk.delete(name);
        disk.syncDirectory("");
      }
    }
  }
}
