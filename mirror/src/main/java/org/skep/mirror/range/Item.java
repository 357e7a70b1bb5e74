package org.skep.mirror.range;

/// What is mirrored as one thing: a chunk of a storage group (inode and stripe).
///
/// @param part of the thing with that id, from 0
public record Item(long id, int part) implements Comparable<Item> {

  @Override
  public int compareTo(Item other) {
    int byId = Long.compareUnsigned(id, other.id);
    return byId != 0 ? byId : Integer.compare(part, other.part);
  }

  @Override
  public String toString() {
    return Long.toHexString(id) + "-" + part;
  }
}
