package org.skep.mirror.range;

/// The bytes from `start` to `end - 1`. An end of `Long.MAX_VALUE` means all there is and ever will
/// be, also the length and whether the item exists.
public record Range(long start, long end) {
  public static final Range ALL = new Range(0, Long.MAX_VALUE);

  public Range {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("a range from " + start + " to " + end);
    }
  }

  /// `length` bytes from `start` on; one that would end beyond `Long.MAX_VALUE` ends there.
  public static Range of(long start, long length) {
    return new Range(start, length > Long.MAX_VALUE - start ? Long.MAX_VALUE : start + length);
  }

  /// Everything from `start` on, length included.
  public static Range from(long start) {
    return new Range(start, Long.MAX_VALUE);
  }

  public boolean isEmpty() {
    return start == end;
  }

  public long length() {
    return end - start;
  }

  public boolean toTheEnd() {
    return end == Long.MAX_VALUE;
  }

  /// Whether they have a byte in common; an empty range has none.
  public boolean overlaps(Range other) {
    return Math.max(start, other.start) < Math.min(end, other.end);
  }
}
