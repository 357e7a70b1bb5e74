package org.skep.cluster;

/// One or two targets that hold the same content. A metadata shard is a group of kind METADATA.
///
/// @param primary target id of the member that orders changes
/// @param secondary target id of the other member, or 0 if there is none
/// @param epoch grows whenever primary, secondary or in-sync membership changes; of a storage group
///   the upper 32 bits count how often a group of this id was removed and made again: its *life*
/// @param losses how often acknowledged changes may have been lost; a fsync compares it
public record BuddyGroup(
    NodeKind kind, int id, int primary, int secondary, long epoch, long losses) {

  public static final int NONE = 0;

  private static final int LIFE_SHIFT = 32;

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

  /// The first epoch of the next life of a group that was removed in this one.
  public static long nextLife(long epoch) {
    return ((epoch >>> LIFE_SHIFT) + 1) << LIFE_SHIFT;
  }

  /// The id, and above its 32 bits the life: names the group and what it holds, also if a group of
  /// this id is removed and another one made.
  public long lifeId() {
    return lifeId(id, epoch);
  }

  /// As above, of the group that had this epoch.
  public static long lifeId(int id, long epoch) {
    return (epoch >>> LIFE_SHIFT) << LIFE_SHIFT | id;
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
