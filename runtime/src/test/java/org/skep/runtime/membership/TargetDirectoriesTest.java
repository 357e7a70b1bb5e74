package org.skep.runtime.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.runtime.identity.TargetIdentity;
import org.skep.runtime.membership.TargetDirectories.Directory;
import org.skep.runtime.port.Chance;
import org.skep.runtime.twin.MemoryDisk;

class TargetDirectoriesTest {
  private final MemoryDisk a = new MemoryDisk("/a");
  private final MemoryDisk b = new MemoryDisk("/b");
  private final SplittableRandom random = new SplittableRandom(1);
  private final Chance chance =
      new Chance() {
        @Override
        public long nextLong() {
          return random.nextLong();
        }

        @Override
        public int nextInt(int bound) {
          return random.nextInt(bound);
        }

        @Override
        public byte[] secretBytes(int count) {
          byte[] bytes = new byte[count];
          random.nextBytes(bytes);
          return bytes;
        }
      };

  private TargetDirectories check(boolean init, Directory... directories) throws IOException {
    return TargetDirectories.check(NodeKind.STORAGE, List.of(directories), 0, init, chance);
  }

  private static Assignment assignment(Integer... targets) {
    return new Assignment("c", 3, List.of(targets), ClusterMap.EMPTY);
  }

  private TargetDirectories withSpare(boolean init, TargetDirectories.Spare spare)
      throws IOException {
    return TargetDirectories.check(
        NodeKind.METADATA,
        List.of(new Directory(a, 0), new Directory(b, 0, spare)),
        0,
        init,
        chance);
  }

  @Test
  void aSpareIsMadeWithoutInitButOnlyOnce() throws IOException {
    TargetDirectories.check(NodeKind.METADATA, List.of(new Directory(a, 0)), 0, true, chance)
        .adopt(assignment(1));
    TargetDirectories made = withSpare(false, TargetDirectories.Spare.NEW);
    assertThat(made.claims(0).stream().map(Registration.Claim::keptSpare))
        .containsExactly(false, true);
    made.adopt(assignment(1, 65535));
    TargetDirectories known = withSpare(false, TargetDirectories.Spare.MADE);
    assertThat(known.claims(0).getLast().targetId()).isEqualTo(65535);
    assertThat(known.claims(0).getLast().keptSpare()).isTrue();
    assertThat(b.delete(TargetIdentity.FILE_NAME)).isTrue();
    assertThatThrownBy(() -> withSpare(false, TargetDirectories.Spare.MADE))
        .hasMessageContaining("/b: the directory is empty");
  }

  @Test
  void aFirstStartThatEndedEarlyGoesOnThoughTheSpareIsInTheDirectoryAlready() throws IOException {
    String uuid = check(true, new Directory(a, 0)).claims(0).getFirst().uuid();
    a.open("spare", true).close();
    assertThatThrownBy(() -> check(false, new Directory(a, 0))).hasMessageContaining("--init");
    assertThat(check(true, new Directory(a, 0)).claims(0).getFirst().uuid()).isEqualTo(uuid);
    b.open("spare", true).close();
    assertThatThrownBy(() -> check(true, new Directory(b, 0)))
        .hasMessageContaining("not a Skep target");
  }

  @Test
  void newDirectoriesGetTheirIdsAndKeepThem() throws IOException {
    TargetDirectories fresh = check(true, new Directory(a, 0), new Directory(b, 7));
    assertThat(fresh.clusterId()).isEmpty();
    assertThat(fresh.claims(2).stream().map(Registration.Claim::targetId)).containsExactly(0, 7);
    fresh.adopt(assignment(101, 7));
    a.crash();
    b.crash();
    assertThat(a.list("")).containsExactly(TargetIdentity.FILE_NAME);
    TargetDirectories known = check(false, new Directory(b, 0), new Directory(a, 101));
    assertThat(known.nodeId()).isEqualTo(3);
    assertThat(known.clusterId()).isEqualTo("c");
    assertThat(known.claims(0).stream().map(Registration.Claim::targetId)).containsExactly(7, 101);
    assertThat(known.claims(0).get(1).uuid()).isEqualTo(fresh.claims(0).get(0).uuid());
  }

  /// Else management would keep a target that nobody ever serves.
  @Test
  void aServerThatDiesBeforeItsIdsAreWrittenClaimsTheSameTargetAgain() throws IOException {
    String uuid = check(true, new Directory(a, 0)).claims(0).getFirst().uuid();
    a.crash();
    assertThatThrownBy(() -> check(false, new Directory(a, 0)))
        .hasMessageContaining("the directory is empty");
    assertThat(check(true, new Directory(a, 0)).claims(0).getFirst().uuid()).isEqualTo(uuid);
  }

  @Test
  void nothingIsClaimedWhereOneDirectoryIsRefused() throws IOException {
    b.createDirectories("somebody's");
    assertThatThrownBy(() -> check(true, new Directory(a, 0), new Directory(b, 0)))
        .hasMessage("/b: no skep-target in it, but other files (somebody's): not a Skep target");
    assertThat(a.list("")).isEmpty();
  }

  @Test
  void theSameTargetTwiceIsRefused() throws IOException {
    check(true, new Directory(a, 0)).adopt(assignment(101));
    assertThatThrownBy(() -> check(false, new Directory(a, 0), new Directory(a, 0)))
        .hasMessage("/a and /a are the same target");
    assertThatThrownBy(() -> check(true, new Directory(b, 0), new Directory(b, 0)))
        .hasMessage("/b and /b are the same target");
    assertThatThrownBy(() -> check(true, new Directory(b, 5), new Directory(b, 5)))
        .hasMessageEndingWith("are the same target");
  }

  @Test
  void otherIdsThanTheDirectorysAreRefused() throws IOException {
    check(true, new Directory(a, 0)).adopt(assignment(101));
    TargetDirectories known = check(false, new Directory(a, 0));
    assertThatThrownBy(() -> known.adopt(assignment(102)))
        .hasMessage(
            "/a: it is target 101 of node 3 in cluster c, but management says target 102 of node 3"
                + " in cluster c");
  }
}
