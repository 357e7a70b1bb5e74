package org.skep.storage.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.skep.runtime.port.Disk;

/// Checksums of a part of a chunk file, by which two targets find where they differ: for each block
/// of 64 KiB its CRC32C in the lower and its CRC32 in the upper 32 bits. The last block ends where
/// the chunk file ends; blocks behind it have none.
///
/// @param exists whether there is a chunk file
/// @param nextData the first offset from the start of the part on that is no hole; [#NO_DATA] if
///   there is none
public record BlockSums(boolean exists, long lengthBytes, long nextData, List<Long> sums) {
  public static final int BLOCK_BYTES = 64 << 10;

  /// As many as one request may ask for: 1 MiB.
  public static final int BLOCKS_MAX = 16;

  public static final long NO_DATA = Long.MAX_VALUE;

  public static final BlockSums MISSING = new BlockSums(false, 0, NO_DATA, List.of());

  private static final long ZEROS_SUM = sum(ByteBuffer.allocateDirect(BLOCK_BYTES));

  public BlockSums {
    sums = List.copyOf(sums);
  }

  static BlockSums of(Disk.File file, long offset, int blocksMax, ByteBuffer memory)
      throws IOException {
    long length = file.length();
    long found = file.seek(offset, false);
    long nextData = found < 0 ? NO_DATA : found;
    List<Long> sums = new ArrayList<>(blocksMax);
    int bytes = (int) Math.max(0, Math.min(length - offset, (long) blocksMax * BLOCK_BYTES));
    for (int at = 0; at < bytes; at += BLOCK_BYTES) {
      int blockBytes = Math.min(BLOCK_BYTES, bytes - at);
      if (blockBytes == BLOCK_BYTES && nextData >= offset + at + BLOCK_BYTES) {
        sums.add(ZEROS_SUM);
      } else {
        ByteBuffer block = memory.duplicate().clear().limit(blockBytes);
        file.read(block, offset + at);
        while (block.hasRemaining()) {
          block.put((byte) 0);
        }
        sums.add(sum(block.flip()));
      }
    }
    return new BlockSums(true, length, nextData, sums);
  }

  /// The checksum of a block's bytes, from position to limit, which stay as they are.
  public static long sum(ByteBuffer block) {
    CRC32C lower = new CRC32C();
    lower.update(block.duplicate());
    CRC32 upper = new CRC32();
    upper.update(block.duplicate());
    return upper.getValue() << 32 | lower.getValue();
  }
}
