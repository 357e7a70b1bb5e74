package org.skep.simulation.fsck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.simulation.fsck.CheckedCluster.texts;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.NodeKind;
import org.skep.fsck.Damage;
import org.skep.fsck.Finding.Outcome;
import org.skep.fsck.Report;
import org.skep.runtime.port.Disk;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.StorageHost;

/// The two copies of a mirrored file are made to differ, which is found and repaired.
class CopiesFsckTest {
  private static final int BYTES = 200_000;
  private static final String ROOT = "mirrored";

  private CheckedCluster world;
  private StorageHost primary;
  private StorageHost secondary;
  private String path;

  @BeforeEach
  void start() throws IOException {
    world = new CheckedCluster(Shape.mirrored(1, 1, 2), 11);
    long _ = world.file(world.cluster.rootInode(), "f", BYTES);
    BuddyGroup group =
        world.cluster.client(0).client().maps().current().groupsOf(NodeKind.STORAGE).getFirst();
    primary = host(group.primary());
    secondary = host(group.secondary());
    path = world.chunkFiles(primary, ROOT).getFirst();
    assertThat(texts(world.check(false))).isEmpty();
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private StorageHost host(int target) {
    return world.cluster.storage().stream()
        .filter(host -> host.targetId() == target)
        .findFirst()
        .orElseThrow();
  }

  private void isRepaired(Damage damage) throws IOException {
    Report found = world.check(false);
    assertThat(found.count(damage, Outcome.LEFT)).as("%s", texts(found)).isEqualTo(1);
    assertThat(found.findings()).as("%s", texts(found)).hasSize(1);
    Report repaired = world.check(true);
    assertThat(repaired.count(damage, Outcome.REPAIRED)).as("%s", texts(repaired)).isEqualTo(1);
    assertThat(texts(world.check(false))).isEmpty();
    assertThat(primary.disk().content(path)).isEqualTo(secondary.disk().content(path));
    assertThat(primary.disk().content(path)).isEqualTo(CheckedCluster.data(BYTES).array());
  }

  @Test
  void a_copy_that_the_secondary_lacks_is_made() throws IOException {
    assertThat(secondary.disk().delete(path)).isTrue();
    isRepaired(Damage.COPY_MISSING);
  }

  @Test
  void a_copy_that_the_primary_lacks_is_made_from_the_secondary() throws IOException {
    assertThat(primary.disk().delete(path)).isTrue();
    isRepaired(Damage.COPY_MISSING);
  }

  @Test
  void a_copy_with_other_content_becomes_like_the_primary() throws IOException {
    try (Disk.File file = secondary.disk().open(path, false)) {
      file.write(ByteBuffer.wrap(new byte[] {0}), 150_000);
    }
    isRepaired(Damage.COPIES_DIFFER);
  }

  @Test
  void a_shorter_copy_becomes_like_the_primary() throws IOException {
    try (Disk.File file = secondary.disk().open(path, false)) {
      file.truncate(1000);
    }
    isRepaired(Damage.COPIES_DIFFER);
  }
}
