package org.skep.cluster;

/// The numbers that name nodes, targets, groups and inodes.
///
/// ```
/// inode id, 64 bits:   | shard (16) | counter (48) |
/// ```
///
/// An inode stays on the shard where it was born, so its id tells everybody where to ask.
public final class Ids {

  /// Node, target and group ids go from 1 to this.
  public static final int ID_MAX = 0xFFFF;

  public static final int COUNTER_BITS = 48;
  public static final long COUNTER_MAX = (1L << COUNTER_BITS) - 1;

  /// The counter of the root directory on the root shard.
  public static final long ROOT_COUNTER = 1;

  private Ids() {}

  /// @throws IllegalArgumentException naming `what`, if the id is out of range
  public static void check(String what, int id) {
    if (id < 1 || id > ID_MAX) {
      throw new IllegalArgumentException(what + " id " + id + " is not from 1 to " + ID_MAX);
    }
  }

  /// The id of the inode number `counter` of `shard`.
  public static long inode(int shard, long counter) {
    check("shard", shard);
    if (counter < 1 || counter > COUNTER_MAX) {
      throw new IllegalArgumentException("inode counter " + counter);
    }
    return (long) shard << COUNTER_BITS | counter;
  }

  /// The shard on which the inode was born and lives; 0 is no shard.
  public static int shardOf(long inode) {
    return (int) (inode >>> COUNTER_BITS);
  }

  public static long counterOf(long inode) {
    return inode & COUNTER_MAX;
  }

  /// Whether the number can be an inode's: shard and counter are not 0.
  public static boolean isInode(long inode) {
    return shardOf(inode) != 0 && counterOf(inode) != 0;
  }

  /// The text of logs and tools: `shard-counter` in hexadecimal.
  public static String text(long inode) {
    return Integer.toHexString(shardOf(inode)) + "-" + Long.toHexString(counterOf(inode));
  }
}
