package org.skep.cluster;

/// One or two targets that hold the same content. A metadata shard is a group of kind METADATA.
///
/// @param primary target id of the member that orders changes
/// @param secondary target id of the other member, or 0 if there is none
/// @param epoch grows whenever primary, secondary or in-sync membership changes
/// @param losses how often acknowledged changes may have been lost; a fsync compares it
public record BuddyGroup(
    NodeKind kind, int id, int primary, int secondary, long epoch, long losses) {

  public static final int NONE = 0;

  /// A group that has lost nothing.
  public BuddyGroup(NodeKind kind, int id, int primary, int secondary, long epoch) {
    this(kind, id, primary, secondary, epoch, 0);
  }

  public BuddyGroup {
    Ids.check("group", id);
    Ids.check("target", primary);
    if (secondary != NONE) {
      Ids.check("target", secondary);
    }
    if (primary == secondary) {
      throw new IllegalArgumentException("group " + id + " has target " + primary + " twice");
    }
    if (epoch < 1 || losses < 0) {
      throw new IllegalArgumentException(
          "group " + id + " has epoch " + epoch + " and losses " + losses);
    }
  }

  /// Whether there are two members: a metadata shard of a single target mirrors nothing.
  public boolean isPair() {
    return secondary != NONE;
  }

  /// Whether the target is a member.
  public boolean has(NodeKind targetKind, int targetId) {
    return kind == targetKind && (primary == targetId || secondary == targetId);
  }
}
