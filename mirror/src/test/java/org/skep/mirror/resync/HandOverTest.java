package org.skep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMaps;
import org.skep.mirror.GroupView;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;

@Timeout(30)
class HandOverTest {
  private static final GroupMaps MAPS = GroupMaps.UNREACHED;
  private static final Answer<Empty> DONE = new Answer.Done<>(Empty.getDefaultInstance(), 0, 0);

  private final List<Reaction> reactions = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private ServingMember world;
  private HandOver handOver;
  private boolean stopped;

  /// Of management, to being told once.
  @FunctionalInterface
  private interface Reaction {
    Answer<Empty> to() throws IOException, InterruptedException;
  }

  private final class Management implements ResyncManagement {
    @Override
    public Answer<Empty> resynced(int group, long epoch, int secondary)
        throws IOException, InterruptedException {
      assertThat(handOver.isOpen()).as("before management may know").isTrue();
      told.add(group + " " + epoch + " " + secondary);
      return reactions.removeFirst().to();
    }

    @Override
    public Answer<Empty> demand(int group, int secondary) {
      throw new AssertionError("nothing is demanded");
    }
  }

  @BeforeEach
  void start() throws InterruptedException {
    world = new ServingMember(MAPS.alone(3));
    handOver = new HandOver(world.member, new Management(), () -> stopped);
    handOver.begin();
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private static Answer<Empty> refused(Errno errno, String why) {
    return new Answer.Refused<>(Failure.errno(errno.number(), why));
  }

  private GroupView view() {
    return world.member.view();
  }

  @Test
  void itIsOverWhenTheMapHasThePair() throws Exception {
    reactions.add(() -> {
      world.offer(MAPS.pair(4));
      return DONE;
    });
    assertThat(handOver.isOpen()).isFalse();
    assertThat(handOver.run(view())).isNull();
    assertThat(handOver.isOpen()).isFalse();
    assertThat(told).containsExactly("4 3 20");
  }

  @Test
  void managementIsToldAgainUntilAMapSaysMore() throws Exception {
    reactions.add(() -> {
      world.offer(MAPS.alone(4, 3));
      throw new IOException("no answer");
    });
    reactions.add(() -> DONE);
    reactions.add(() -> {
      world.offer(MAPS.pair(5));
      // The second answer to a request whose first one was lost.
      return refused(Errno.ESTALE, "the epoch is 5");
    });
    assertThat(handOver.run(view())).isNull();
    assertThat(told).containsExactly("4 3 20", "4 3 20", "4 3 20");
  }

  @Test
  void itsRefusalSaysThatTheSecondaryIsNotGood() throws Exception {
    reactions.add(() -> refused(Errno.EBUSY, "it was called Bad"));
    assertThat(handOver.run(view())).isEqualTo("management refuses: it was called Bad");
    assertThat(handOver.isOpen()).isFalse();
  }

  @Test
  void aNewerMapMaySaySomethingElse() throws Exception {
    reactions.add(() -> {
      world.offer(MAPS.stale(4));
      return refused(Errno.ESTALE, "the epoch is 4");
    });
    assertThat(handOver.run(view())).startsWith("a newer map says: group 4 (primary 20");
    assertThat(handOver.isOpen()).isFalse();
  }

  @Test
  void whatAStopLeavesIsOpen() throws Exception {
    reactions.add(() -> {
      stopped = true;
      throw new IOException("no answer");
    });
    assertThat(handOver.run(view())).isEqualTo("the server stops");
    assertThat(handOver.isOpen()).isTrue();
    handOver.begin();
    assertThat(handOver.isOpen()).isFalse();
  }
}
