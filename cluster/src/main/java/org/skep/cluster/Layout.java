package org.skep.cluster;

import java.util.List;

/// Where the bytes of one file live. Byte `offset` of the file is in chunk `offset / chunkBytes`;
/// chunk `n` belongs to stripe `n % stripes.size()` and stands there, one after the other, in that
/// stripe's chunk file:
///
/// ```
/// file     | c0 | c1 | c2 | c3 | c4 | c5 |      three stripes
/// stripe 0 | c0 | c3 |    stripe 1 | c1 | c4 |    stripe 2 | c2 | c5 |
/// ```
///
/// @param stripes target ids (RAID0) or storage group ids (BUDDY_MIRROR), in stripe order; at least
///   one
public record Layout(StripePattern.Kind kind, int chunkBytes, List<Integer> stripes) {

  public Layout {
    StripePattern.checkChunkBytes(chunkBytes);
    if (stripes.isEmpty() || stripes.size() > StripePattern.TARGET_COUNT_MAX) {
      throw new IllegalArgumentException("a layout of " + stripes.size() + " stripes");
    }
    for (int id : stripes) {
      Ids.check("stripe", id);
    }
    stripes = List.copyOf(stripes);
  }

  /// The stripe that holds byte `offset` of the file.
  public int stripeOf(long offset) {
    return (int) (offset / chunkBytes % stripes.size());
  }

  /// Where byte `offset` of the file stands in the chunk file of its stripe.
  public long chunkFileOffset(long offset) {
    return offset / chunkBytes / stripes.size() * chunkBytes + offset % chunkBytes;
  }

  /// How many bytes, from `offset` on, are in the same chunk.
  public int bytesToChunkEnd(long offset) {
    return chunkBytes - (int) (offset % chunkBytes);
  }

  /// The offset in the file of byte `chunkFileOffset` of a stripe's chunk file; inverse of
  /// [#chunkFileOffset].
  public long fileOffset(int stripe, long chunkFileOffset) {
    long row = chunkFileOffset / chunkBytes;
    return (row * stripes.size() + stripe) * chunkBytes + chunkFileOffset % chunkBytes;
  }

  /// How long the chunk file of a stripe is at most when the file has `fileBytes` bytes: what a
  /// truncate cuts it to.
  public long chunkFileBytes(int stripe, long fileBytes) {
    long fullRowBytes = (long) chunkBytes * stripes.size();
    long rest = fileBytes % fullRowBytes - (long) stripe * chunkBytes;
    return fileBytes / fullRowBytes * chunkBytes + Math.clamp(rest, 0, chunkBytes);
  }
}
