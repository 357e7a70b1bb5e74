package org.skep.runtime.membership;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.skep.cluster.NodeKind;
import org.skep.runtime.identity.PrivateDirectory;
import org.skep.runtime.identity.TargetIdentity;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Disk;

/// The target directories of a server before and after its registration: whose they are, and what
/// is claimed for them. Belongs to the thread that starts the service.
public final class TargetDirectories {
  private final NodeKind kind;
  private final List<Entry> entries;
  private final int nodeId;
  private final String clusterId;

  /// A directory of the server.
  ///
  /// @param targetId wanted by the administrator; 0: as in its identity file, or given out
  /// @param spare which spare of the server's own making it is
  public record Directory(Disk disk, int targetId, Spare spare) {

    /// One that an administrator named.
    public Directory(Disk disk, int targetId) {
      this(disk, targetId, Spare.NONE);
    }
  }

  /// Whether a server made a directory by itself, for a spare.
  public enum Spare {
    /// An administrator named it.
    NONE,
    /// It is to be made now, if it is not there.
    NEW,
    /// It was made before.
    MADE
  }

  /// @param targetId 0: not known yet
  /// @param uuid empty as long as a new directory is not claimed
  private record Entry(Disk disk, int targetId, String uuid, boolean fresh, boolean spare) {}

  private TargetDirectories(NodeKind kind, List<Entry> entries, int nodeId, String clusterId) {
    this.kind = kind;
    this.entries = entries;
    this.nodeId = nodeId;
    this.clusterId = clusterId;
  }

  /// Looks at the directories. Only when none of them is refused, it notes in each new one that it
  /// is claimed. Those that are ours can be used by no other user of the host then.
  ///
  /// @param kind of the server
  /// @param nodeId wanted by the administrator; 0: any
  /// @param init whether empty or missing ones may become new targets
  /// @throws IOException one line for the operator, if one of them must not be used
  public static TargetDirectories check(
      NodeKind kind, List<Directory> directories, int nodeId, boolean init, Chance chance)
      throws IOException {
    if (directories.isEmpty()) {
      throw new IOException("a " + kind.label() + " server needs at least one target directory");
    }
    List<Entry> entries = new ArrayList<>();
    int node = nodeId;
    String cluster = "";
    for (Directory directory : directories) {
      TargetIdentity.Expected expected = new TargetIdentity.Expected(kind, cluster, node);
      boolean mayMake = init || directory.spare == Spare.NEW;
      boolean spare = directory.spare != Spare.NONE;
      switch (TargetIdentity.check(directory.disk, expected, mayMake)) {
        case TargetIdentity.Found.Refused(String message) -> throw new IOException(message);
        case TargetIdentity.Found.Fresh() ->
            entries.add(new Entry(directory.disk, directory.targetId, "", true, spare));
        case TargetIdentity.Found.Ours(TargetIdentity identity) -> {
          node = identity.nodeId();
          cluster = identity.clusterId();
          entries.add(ours(directory, identity));
        }
      }
    }
    checkDifferent(entries);
    List<Entry> claimed = claimed(entries, chance);
    checkDifferent(claimed);
    claimed.forEach(entry -> PrivateDirectory.narrow(entry.disk));
    return new TargetDirectories(kind, claimed, node, cluster);
  }

  private static Entry ours(Directory directory, TargetIdentity identity) throws IOException {
    if (directory.targetId != 0 && directory.targetId != identity.targetId()) {
      throw new IOException(
          directory.disk.name()
              + ": it is target "
              + identity.targetId()
              + ", not "
              + directory.targetId
              + " as configured");
    }
    return new Entry(
        directory.disk, identity.targetId(), identity.uuid(), false, directory.spare != Spare.NONE);
  }

  private static void checkDifferent(List<Entry> entries) throws IOException {
    for (int i = 0; i < entries.size(); i++) {
      for (Entry other : entries.subList(0, i)) {
        Entry entry = entries.get(i);
        if ((!entry.uuid.isEmpty() && entry.uuid.equals(other.uuid))
            || (entry.targetId != 0 && entry.targetId == other.targetId)) {
          throw new IOException(
              entry.disk.name() + " and " + other.disk.name() + " are the same target");
        }
      }
    }
  }

  private static List<Entry> claimed(List<Entry> entries, Chance chance) throws IOException {
    List<Entry> claimed = new ArrayList<>();
    for (Entry entry : entries) {
      claimed.add(
          entry.fresh
              ? new Entry(
                  entry.disk,
                  entry.targetId,
                  TargetIdentity.claimUuid(entry.disk, chance),
                  true,
                  entry.spare)
              : entry);
    }
    return claimed;
  }

  /// 0: not known yet.
  public int nodeId() {
    return nodeId;
  }

  /// Empty: not known yet.
  public String clusterId() {
    return clusterId;
  }

  public List<Registration.Claim> claims(int storagePoolId) {
    return claims(storagePoolId, Set.of());
  }

  /// @param unsure the directories, by their place among the disks, that may have lost acknowledged
  ///   changes
  public List<Registration.Claim> claims(int storagePoolId, Set<Integer> unsure) {
    return IntStream.range(0, entries.size())
        .mapToObj(i -> claim(entries.get(i), storagePoolId, unsure.contains(i)))
        .toList();
  }

  private static Registration.Claim claim(Entry entry, int storagePoolId, boolean unsure) {
    return new Registration.Claim(entry.targetId, entry.uuid, storagePoolId, unsure, entry.spare);
  }

  /// The ids are known: writes them into new directories.
  ///
  /// @throws IOException if management gave others than the directories have, or a disk fails
  public void adopt(Assignment assignment) throws IOException {
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      TargetIdentity identity = identity(entry, assignment, i);
      if (entry.fresh) {
        identity.write(entry.disk);
      } else if (entry.targetId != identity.targetId()
          || !clusterId.equals(assignment.clusterId())
          || nodeId != assignment.nodeId()) {
        throw new IOException(
            entry.disk.name()
                + ": it is target "
                + entry.targetId
                + " of node "
                + nodeId
                + " in cluster "
                + clusterId
                + ", but management says target "
                + identity.targetId()
                + " of node "
                + assignment.nodeId()
                + " in cluster "
                + assignment.clusterId());
      }
    }
  }

  /// What the directories are now.
  public List<TargetIdentity> identities(Assignment assignment) {
    List<TargetIdentity> identities = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      identities.add(identity(entries.get(i), assignment, i));
    }
    return identities;
  }

  public List<Disk> disks() {
    return entries.stream().map(Entry::disk).toList();
  }

  private TargetIdentity identity(Entry entry, Assignment assignment, int index) {
    return new TargetIdentity(
        kind,
        assignment.clusterId(),
        assignment.nodeId(),
        assignment.targetIds().get(index),
        entry.uuid);
  }
}
