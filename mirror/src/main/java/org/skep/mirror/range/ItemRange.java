package org.skep.mirror.range;

/// A range of an item.
public record ItemRange(Item item, Range range) {

  public boolean overlaps(ItemRange other) {
    return item.equals(other.item) && range.overlaps(other.range);
  }
}
