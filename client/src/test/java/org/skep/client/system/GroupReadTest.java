package org.skep.client.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.skep.client.OpenFile;
import org.skep.client.fake.Clients;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Layout;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;

/// Reads of mirrored files use both members of their groups.
final class GroupReadTest {

  @Test
  void theChunksOfAFileTakeTurns() throws Exception {
    try (Clients clients = new Clients()) {
      Layout layout = new Layout(StripePattern.Kind.BUDDY_MIRROR, Clients.CHUNK, List.of(7, 8));
      byte[] data = Clients.bytes(new Random(1), 8 * Clients.CHUNK);
      OpenFile file = Clients.create(clients.client(), "f", layout);
      Clients.write(file, 0, data);
      file.sync(false);
      for (int chunk = 0; chunk < 8; chunk++) {
        byte[] read = Clients.read(file, (long) chunk * Clients.CHUNK, Clients.CHUNK);
        assertThat(read).startsWith(data[chunk * Clients.CHUNK]).hasSize(Clients.CHUNK);
      }
      List<Long> turns = clients.cluster().turns();
      assertThat(turns).hasSize(8);
      long first = turns.getFirst();
      // Two stripes of four rows each: rows differ by one, and so do stripes.
      assertThat(turns.stream().map(turn -> turn - first))
          .containsExactly(0L, 1L, 1L, 2L, 2L, 3L, 3L, 4L);
      assertThat(Clients.read(file, 0, data.length)).isEqualTo(data);
      file.close();
    }
  }

  @Test
  void aTurnMeansAMemberWhicheverLeads() {
    BuddyGroup before = new BuddyGroup(NodeKind.STORAGE, 1, 11, 21, 1);
    BuddyGroup after = new BuddyGroup(NodeKind.STORAGE, 1, 21, 11, 2);
    assertThat(RoutedServers.member(before, 4)).isEqualTo(11);
    assertThat(RoutedServers.member(after, 4)).isEqualTo(11);
    assertThat(RoutedServers.member(before, 5)).isEqualTo(21);
    assertThat(RoutedServers.member(new BuddyGroup(NodeKind.STORAGE, 1, 11, 0, 1), 5))
        .isEqualTo(11);
  }
}
