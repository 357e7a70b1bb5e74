package org.skep.cli.locate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class MountTableTest {
  private static final MountTable TABLE =
      MountTable.parse(
          """
          22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
          40 22 0:35 / /mnt/a\\040b rw,nosuid shared:9 master:2 - fuse.skep unix:/data/m\\134x rw
          41 40 0:36 / /mnt/a\\040b/in rw - tmpfs tmpfs rw
          42 22 0:37 / /mnt/two rw - tmpfs tmpfs rw
          43 42 0:38 / /mnt/two rw - fuse.skep host:8008 rw,user_id=0
          a line that is nothing
          """
              .getBytes(StandardCharsets.UTF_8));

  @Test
  void theDeepestMountHoldsAPath() {
    assertThat(TABLE.holding(Path.of("/mnt/a b/x/y")))
        .hasValueSatisfying(entry -> {
          assertThat(entry.isSkep()).isTrue();
          assertThat(entry.source()).isEqualTo("unix:/data/m\\x");
        });
    assertThat(TABLE.holding(Path.of("/mnt/a b/in/y")))
        .hasValueSatisfying(entry -> assertThat(entry.type()).isEqualTo("tmpfs"));
    assertThat(TABLE.holding(Path.of("/mnt/a bc")))
        .hasValueSatisfying(entry -> assertThat(entry.type()).isEqualTo("ext4"));
  }

  @Test
  void aLaterMountCoversAnEarlierOne() {
    assertThat(TABLE.holding(Path.of("/mnt/two")))
        .hasValueSatisfying(entry -> assertThat(entry.source()).isEqualTo("host:8008"));
    assertThat(TABLE.at(Path.of("/mnt/two")))
        .hasValueSatisfying(entry -> assertThat(entry.isSkep()).isTrue());
    assertThat(TABLE.at(Path.of("/mnt"))).isEmpty();
  }

  @Test
  void theMountsOfThisMachineAreRead() {
    assertThat(MountTable.read().at(Path.of("/proc"))).isPresent();
  }
}
