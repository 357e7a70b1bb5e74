package org.skep.cluster;

/// One or two targets that hold the same content. A metadata shard is a group of kind METADATA.
///
/// @param primary target id of the member that orders changes
/// @param secondary target id of the other member, or 0 if there is none
/// @param epoch grows whenever primary, secondary or in-sync membership changes
public record BuddyGroup(NodeKind kind, int id, int primary, int secondary, long epoch) {

  public static final int NONE = 0;

  public BuddyGroup {
    Ids.check("group", id);
    Ids.check("target", primary);
    if (secondary != NONE) {
      Ids.check("target", secondary);
    }
    if (primary == secondary) {
      throw new IllegalArgumentException("group " + id + " has target " + primary + " twice");
    }
    if (epoch < 1) {
      throw new IllegalArgumentException("group " + id + " has epoch " + epoch);
    }
  }
}
