package org.skep.runtime.identity;

import java.io.IOException;
import org.skep.runtime.port.Disk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the directory of a target from other users of the host: what is in it are other people's
/// files, names and secrets, and not all that writes there (RocksDB, Ratis) asks for narrow
/// permissions itself.
public final class PrivateDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(PrivateDirectory.class);

  private PrivateDirectory() {}

  /// To be called once it is known that the directory is ours. One that belongs to another user is
  /// left as it is.
  public static void narrow(Disk disk) {
    try {
      if (disk.restrict()) {
        LOG.info("directory={}: permissions narrowed to 0700, others could use it", disk.name());
      }
    } catch (IOException e) {
      LOG.warn(
          "directory={}: other users may read it, and its permissions can't be changed: {}",
          disk.name(),
          e.getMessage());
    }
  }
}
