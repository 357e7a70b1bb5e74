package org.skep.cluster;

/// A directory on disk that holds data, owned by one node.
///
/// @param kind METADATA or STORAGE; ids are unique within a kind
/// @param uuid written into the directory when it was created; tells a target from another one with
///   the same id
/// @param epoch grows whenever the node that serves the target changes, or it is registered anew
///   after a removal
/// @param keptSpare its server made it by itself, to be the second copy of another server's shard;
///   METADATA only
public record Target(
    NodeKind kind,
    int id,
    int nodeId,
    String uuid,
    long epoch,
    Reachability reachability,
    Consistency consistency,
    int storagePoolId,
    boolean keptSpare) {

  public static final int DEFAULT_POOL = 1;

  /// One that an administrator named.
  public Target(
      NodeKind kind,
      int id,
      int nodeId,
      String uuid,
      long epoch,
      Reachability reachability,
      Consistency consistency,
      int storagePoolId) {
    this(kind, id, nodeId, uuid, epoch, reachability, consistency, storagePoolId, false);
  }

  public Target {
    Ids.check("target", id);
    Ids.check("node", nodeId);
    if (kind != NodeKind.METADATA && kind != NodeKind.STORAGE) {
      throw new IllegalArgumentException("a " + kind.label() + " node has no targets");
    }
    if (epoch < 1) {
      throw new IllegalArgumentException("target " + id + " has epoch " + epoch);
    }
    if (keptSpare && kind != NodeKind.METADATA) {
      throw new IllegalArgumentException("a " + kind.label() + " target that is a spare");
    }
  }
}
