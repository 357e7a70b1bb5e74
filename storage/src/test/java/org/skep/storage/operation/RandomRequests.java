package org.skep.storage.operation;

import java.util.List;
import java.util.SplittableRandom;
import org.skep.runtime.twin.RandomMessages;
import org.skep.storage.TestTarget;

/// Requests of storage with edge values and damage, by seed.
final class RandomRequests {
  /// Here a chunk file goes on in another local one.
  private static final long BORDER = 1L << 43;

  private static final long[] EDGES = {
    0,
    1,
    -1,
    4095,
    4096,
    1 << 20,
    (1 << 20) + 1,
    1L << 32,
    BORDER - 1,
    BORDER,
    BORDER + 4096,
    Long.MAX_VALUE
  };

  private RandomRequests() {}

  static RandomMessages of(SplittableRandom random) {
    return new RandomMessages(random)
        .field("inode", () -> TestTarget.chunk(random.nextInt(1, 30)).getInode())
        .field("stripe", () -> random.nextInt(3))
        .field("offset", () -> number(random))
        .field("length", () -> number(random))
        .names(List.of("", "00/00/0001000000000003-0", "ff/00/", "../../"));
  }

  private static long number(SplittableRandom random) {
    return random.nextInt(3) == 0 ? EDGES[random.nextInt(EDGES.length)] : random.nextInt(50_000);
  }
}
