package org.skep.management.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skep.cluster.CapacityPool;
import org.skep.wire.message.SpaceMessage;

/// Pools at their limits: low 100 bytes or 10 inodes, emergency 10 bytes or 1 inode.
final class CapacityLimitsTest {
  private final CapacityLimits limits = new CapacityLimits(100, 10, 10, 1);

  @ParameterizedTest
  @CsvSource({
    "100, 50, 10, NORMAL",
    "99, 50, 10, LOW",
    "10, 50, 10, LOW",
    "9, 50, 10, EMERGENCY",
    "100, 50, 9, LOW",
    "100, 50, 1, LOW",
    "100, 50, 0, EMERGENCY",
    "100, 0, 0, NORMAL",
    "0, 0, 0, EMERGENCY",
  })
  void theWorseOfBytesAndInodesDecides(
      long freeBytes, long totalInodes, long freeInodes, CapacityPool pool) {
    SpaceMessage space =
        SpaceMessage.newBuilder()
            .setTotalBytes(1000)
            .setFreeBytes(freeBytes)
            .setTotalInodes(totalInodes)
            .setFreeInodes(freeInodes)
            .build();
    assertThat(limits.poolOf(space)).isEqualTo(pool);
  }

  @Test
  void lowIsNotBelowEmergency() {
    assertThatThrownBy(() -> new CapacityLimits(9, 10, 1, 1)).hasMessageContaining("low 9");
    assertThatThrownBy(() -> new CapacityLimits(10, 10, 0, 1)).hasMessageContaining("low 0");
  }
}
