package org.skep.fsck;

import java.util.Arrays;

/// The inodes of one pass, and what was counted of each. Ids are added in ascending (unsigned)
/// order. 26 bytes for each inode.
final class InodeTable {
  private static final int FIRST = 1 << 12;
  private static final int DIRECTORY = 4;

  private final int inodesMax;
  private long[] ids = new long[FIRST];
  private long[] parents = new long[FIRST];
  private int[] links = new int[FIRST];
  private int[] names = new int[FIRST];
  private byte[] types = new byte[FIRST];
  private boolean[] odd = new boolean[FIRST];
  private int size;

  InodeTable(int inodesMax) {
    this.inodesMax = inodesMax;
  }

  boolean isFull() {
    return size == inodesMax;
  }

  int size() {
    return size;
  }

  void clear() {
    Arrays.fill(names, 0, size, 0);
    Arrays.fill(odd, 0, size, false);
    size = 0;
  }

  /// @param type DT_* of readdir(3)
  /// @param parent of a directory
  void add(long inode, int type, int linkCount, long parent) {
    if (size == ids.length) {
      int bigger = (int) Math.min(inodesMax, 2L * size);
      ids = Arrays.copyOf(ids, bigger);
      parents = Arrays.copyOf(parents, bigger);
      links = Arrays.copyOf(links, bigger);
      names = Arrays.copyOf(names, bigger);
      types = Arrays.copyOf(types, bigger);
      odd = Arrays.copyOf(odd, bigger);
    }
    ids[size] = inode;
    types[size] = (byte) type;
    links[size] = linkCount;
    parents[size] = parent;
    size++;
  }

  long inode(int index) {
    return ids[index];
  }

  /// The index of an inode, or negative.
  int find(long inode) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Long.compareUnsigned(ids[middle], inode);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /// Counts an entry that leads to the inode.
  void named(int index, long directory, int type) {
    names[index]++;
    boolean elsewhere = types[index] == DIRECTORY && parents[index] != directory;
    odd[index] |= type != types[index] || elsewhere;
  }

  /// Whether the names counted are not what the inode says.
  boolean isSuspect(int index, long root) {
    int expected = types[index] == DIRECTORY ? ids[index] == root ? 0 : 1 : links[index];
    return odd[index] || names[index] != expected;
  }
}
