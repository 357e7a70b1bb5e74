package org.skep.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The arithmetic of striping, against dealing the chunks out one by one.
final class LayoutTest {
  private static final int CHUNK = StripePattern.CHUNK_BYTES_MIN;
  private static final int CHUNKS = 23;
  private static final int STRIPES_MAX = 7;

  private static Layout layout(int stripeCount) {
    List<Integer> stripes = new ArrayList<>();
    for (int stripe = 0; stripe < stripeCount; stripe++) {
      stripes.add(100 + stripe);
    }
    return new Layout(StripePattern.Kind.RAID0, CHUNK, stripes);
  }

  /// Offsets at and around each boundary of chunks.
  private static List<Long> offsets() {
    List<Long> offsets = new ArrayList<>();
    for (long chunk = 0; chunk < CHUNKS; chunk++) {
      for (int within : new int[] {0, 1, 4096, CHUNK / 2 + 1, CHUNK - 1}) {
        offsets.add(chunk * CHUNK + within);
      }
    }
    return offsets;
  }

  @Test
  void eachByteHasThePlaceThatDealingOutGivesIt() {
    for (int stripeCount = 1; stripeCount <= STRIPES_MAX; stripeCount++) {
      Layout layout = layout(stripeCount);
      for (long offset : offsets()) {
        int stripe = 0;
        long[] filled = new long[stripeCount];
        for (long chunk = 0; chunk < offset / CHUNK; chunk++) {
          filled[stripe] += CHUNK;
          stripe = (stripe + 1) % stripeCount;
        }
        long within = offset % CHUNK;
        assertThat(layout.stripeOf(offset)).isEqualTo(stripe);
        assertThat(layout.chunkFileOffset(offset)).isEqualTo(filled[stripe] + within);
        assertThat(layout.bytesToChunkEnd(offset)).isEqualTo((int) (CHUNK - within));
        assertThat(layout.fileOffset(stripe, filled[stripe] + within)).isEqualTo(offset);
      }
    }
  }

  @Test
  void chunkFilesAreAsLongAsTheChunksBelowTheSize() {
    for (int stripeCount = 1; stripeCount <= STRIPES_MAX; stripeCount++) {
      Layout layout = layout(stripeCount);
      for (long size : offsets()) {
        long[] bytes = new long[stripeCount];
        for (long chunk = 0; chunk * CHUNK < size; chunk++) {
          bytes[(int) (chunk % stripeCount)] += Math.min(CHUNK, size - chunk * CHUNK);
        }
        for (int stripe = 0; stripe < stripeCount; stripe++) {
          assertThat(layout.chunkFileBytes(stripe, size))
              .as("%d stripes, size %d, stripe %d", stripeCount, size, stripe)
              .isEqualTo(bytes[stripe]);
        }
      }
    }
  }

  @Test
  void theFirstByteOfAStripeFromAnOffsetOnStandsWhereItsBytesBelowEnd() {
    for (int stripeCount = 1; stripeCount <= STRIPES_MAX; stripeCount++) {
      Layout layout = layout(stripeCount);
      for (long offset : offsets()) {
        for (int stripe = 0; stripe < stripeCount; stripe++) {
          long first = offset;
          while (layout.stripeOf(first) != stripe) {
            first += layout.bytesToChunkEnd(first);
          }
          assertThat(layout.fileOffset(stripe, layout.chunkFileBytes(stripe, offset)))
              .isEqualTo(first);
        }
      }
    }
  }

  @Test
  void holdsAtTheLargestFile() {
    for (int stripeCount = 1; stripeCount <= STRIPES_MAX; stripeCount++) {
      Layout layout = layout(stripeCount);
      long last = Long.MAX_VALUE - 1;
      int stripe = layout.stripeOf(last);
      assertThat(layout.fileOffset(stripe, layout.chunkFileOffset(last))).isEqualTo(last);
      long total = 0;
      for (int each = 0; each < stripeCount; each++) {
        long bytes = layout.chunkFileBytes(each, Long.MAX_VALUE);
        assertThat(bytes).isNotNegative();
        total += bytes;
      }
      assertThat(total).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void refusesChunksThatAreNoPowerOfTwoInBounds() {
    for (int chunkBytes : new int[] {0, 1, 4096, CHUNK - 1, CHUNK + 1, 3 * CHUNK, 1 << 31}) {
      assertThatThrownBy(() -> new Layout(StripePattern.Kind.RAID0, chunkBytes, List.of(1)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Layout(StripePattern.Kind.RAID0, CHUNK, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
