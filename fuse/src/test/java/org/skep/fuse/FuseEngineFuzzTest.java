package org.skep.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random and half-right requests: each is answered at most once, with a well-formed reply, and
/// nothing is thrown outside the operations.
class FuseEngineFuzzTest {
  private static final long SEED = Long.getLong("skep.seed", 20260722L);
  private static final int REQUESTS = 300_000;

  @Test
  void noBytesBreakTheDecoder() {
    Random random = new Random(SEED);
    try (EngineHarness kernel = new EngineHarness(new FuseOperations() {}).initialized()) {
      for (int i = 0; i < REQUESTS; i++) {
        kernel.replies.clear();
        byte[] raw = request(random);
        kernel.serve(raw);
        assertThat(kernel.failures).as("seed %d, request %d", SEED, i).isEmpty();
        assertThat(kernel.replies.size()).as("seed %d, request %d", SEED, i).isLessThanOrEqualTo(1);
        for (EngineHarness.Reply reply : kernel.replies) {
          assertThat(reply.lengthIsRight()).isTrue();
          assertThat(reply.error()).isBetween(0, 511);
        }
      }
    }
  }

  private static byte[] request(Random random) {
    int length = random.nextInt(10) == 0 ? random.nextInt(60) : 40 + random.nextInt(300);
    ByteBuffer raw = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    random.nextBytes(raw.array());
    for (int at = 40; at < length; at++) {
      if (random.nextInt(3) == 0) {
        raw.put(at, (byte) random.nextInt(3));
      }
    }
    if (length >= 40) {
      raw.putInt(0, random.nextInt(20) == 0 ? random.nextInt() : length);
      raw.putInt(4, random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(56));
      raw.putShort(36, (short) (random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(4)));
    }
    return raw.array();
  }
}
