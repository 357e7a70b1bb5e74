package org.skep.management;

import java.io.IOException;
import java.util.HexFormat;
import org.skep.cluster.NodeKind;
import org.skep.runtime.identity.PrivateDirectory;
import org.skep.runtime.identity.TargetIdentity;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Disk;

/// Management's directory: whose it is, and whether its cluster has been created.
///
/// ```
/// skep-target   TargetIdentity: cluster id, node id = raft peer, target id 1
/// raft/         the log (RatisLog)
/// created       empty; made when the log holds the cluster. From then on a missing or empty log
///               is a loss, not a beginning
/// ```
final class ManagementDirectory {
  static final String RAFT = "raft";
  private static final String CREATED = "created";
  private static final int ID_BYTES = 16;

  private final Disk disk;
  private final TargetIdentity identity;

  private ManagementDirectory(Disk disk, TargetIdentity identity) {
    this.disk = disk;
    this.identity = identity;
  }

  /// @throws IOException with one line for the operator, if the directory must not be used
  static ManagementDirectory open(Disk disk, ManagementSettings settings, Chance chance)
      throws IOException {
    int self = settings.peers().self();
    TargetIdentity.Expected expected =
        new TargetIdentity.Expected(NodeKind.MANAGEMENT, settings.clusterId(), self);
    return switch (TargetIdentity.check(disk, expected, settings.init())) {
      case TargetIdentity.Found.Refused(String message) -> throw new IOException(message);
      case TargetIdentity.Found.Ours(TargetIdentity identity) -> known(disk, identity);
      case TargetIdentity.Found.Fresh() -> {
        TargetIdentity identity =
            new TargetIdentity(
                NodeKind.MANAGEMENT, newClusterId(settings, chance), self, 1, id(chance));
        identity.write(disk);
        PrivateDirectory.narrow(disk);
        yield new ManagementDirectory(disk, identity);
      }
    };
  }

  private static ManagementDirectory known(Disk disk, TargetIdentity identity) throws IOException {
    PrivateDirectory.narrow(disk);
    ManagementDirectory directory = new ManagementDirectory(disk, identity);
    if (directory.isCreated() && disk.list(RAFT).isEmpty()) {
      throw directory.lost();
    }
    return directory;
  }

  private static String newClusterId(ManagementSettings settings, Chance chance)
      throws IOException {
    if (!settings.clusterId().isEmpty()) {
      return settings.clusterId();
    }
    if (settings.peers().peers().size() > 1) {
      throw new IOException(
          "several peers of management need the same cluster id when they are created: choose one");
    }
    return id(chance);
  }

  private static String id(Chance chance) {
    return HexFormat.of().formatHex(chance.secretBytes(ID_BYTES));
  }

  String clusterId() {
    return identity.clusterId();
  }

  /// Whether the log has held the cluster once.
  boolean isCreated() throws IOException {
    return disk.exists(CREATED);
  }

  /// The log holds the cluster now.
  void created() throws IOException {
    try (Disk.File file = disk.open(CREATED, true)) {
      file.sync(false);
    }
    disk.syncDirectory("");
  }

  IOException lost() {
    return new IOException(
        disk.name()
            + ": management's log in "
            + RAFT
            + "/ is gone or empty, though cluster "
            + clusterId()
            + " was created here: restore it from a backup");
  }
}
