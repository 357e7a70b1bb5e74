package org.skep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupMaps;
import org.skep.mirror.GroupView;

/// Whatever is waited for here comes within 10 s: less than the loop's longest pause, which so is
/// known to be ended.
@Timeout(60)
class ResyncLoopTest {
  private static final GroupMaps MAPS = GroupMaps.UNREACHED;
  private static final long SECOND = 1_000_000_000L;

  /// The map's version of what the loop has asked about, or of the run it has begun.
  private final LinkedBlockingQueue<Long> asked = new LinkedBlockingQueue<>();

  private final LinkedBlockingQueue<Long> begun = new LinkedBlockingQueue<>();

  /// How runs end, which wait for that.
  private final LinkedBlockingQueue<Boolean> ends = new LinkedBlockingQueue<>();

  private ServingMember world;
  private ResyncLoop loop;
  private volatile boolean due;

  private final class Work implements ResyncLoop.Work {
    @Override
    public long pauseNanos(GroupView view) {
      // Whoever hears of the question may change the answer to the next one only.
      long pauseNanos = due ? 0 : ResyncLoop.RETRY_MAX_NANOS;
      boolean _ = asked.add(view.mapVersion());
      return pauseNanos;
    }

    @Override
    public boolean run(GroupView view) {
      boolean _ = begun.add(view.mapVersion());
      try {
        return ends.take();
      } catch (InterruptedException e) {
        throw new AssertionError("a run is disturbed", e);
      }
    }
  }

  @BeforeEach
  void start() throws InterruptedException {
    world = new ServingMember(MAPS.alone(1));
    loop = new ResyncLoop("loop", world.ports, world.member, new Work());
    loop.start();
    assertThat(next(asked)).isEqualTo(1);
  }

  @AfterEach
  void stop() {
    loop.stop();
    boolean _ = ends.add(true);
    loop.awaitRun(10 * SECOND, () -> true);
    world.close();
  }

  private static <T> T next(LinkedBlockingQueue<T> from) throws InterruptedException {
    T next = from.poll(10, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  private void wakeWithWork() {
    due = true;
    loop.wake();
  }

  @Test
  void itLooksAgainWhenTheMapIsANewerOne() throws Exception {
    world.offer(MAPS.alone(2));
    assertThat(next(asked)).isEqualTo(2);
    assertThat(begun).isEmpty();
  }

  @Test
  void itLooksAgainWhenItIsWoken() throws Exception {
    wakeWithWork();
    assertThat(next(begun)).isEqualTo(1);
  }

  @Test
  void aRunIsNotDisturbedByBeingWoken() throws Exception {
    wakeWithWork();
    long _ = next(begun);
    asked.clear();
    loop.wake();
    boolean _ = ends.add(true);
    assertThat(next(asked)).as("at once, as it was woken meanwhile").isEqualTo(1);
  }

  @Test
  void afterARunThatFailedItWaitsLongerEachTime() throws Exception {
    wakeWithWork();
    long _ = next(begun);
    long first = world.ports.clock().nanoTime();
    boolean _ = ends.add(false);
    long _ = next(begun);
    long second = world.ports.clock().nanoTime();
    assertThat(second - first).isGreaterThanOrEqualTo(SECOND);
    boolean _ = ends.add(false);
    long _ = next(begun);
    assertThat(world.ports.clock().nanoTime() - second).isGreaterThanOrEqualTo(2 * SECOND);
  }

  @Test
  void aRunThatFailedIsMadeAgainForANewerMap() throws Exception {
    wakeWithWork();
    long _ = next(begun);
    world.offer(MAPS.alone(2));
    boolean _ = ends.add(false);
    assertThat(next(begun)).isEqualTo(2);
  }

  @Test
  void theEndOfARunIsWaitedFor() throws Exception {
    loop.awaitRun(Long.MAX_VALUE / 2, () -> true);
    wakeWithWork();
    long _ = next(begun);
    loop.awaitRun(1, () -> true);
    loop.awaitRun(Long.MAX_VALUE / 2, () -> false);
    due = false;
    boolean _ = ends.add(true);
    loop.awaitRun(Long.MAX_VALUE / 2, () -> true);
    assertThat(ends).as("the run has taken it").isEmpty();
  }

  @Test
  void nothingBeginsAfterAStop() throws Exception {
    loop.stop();
    assertThat(loop.isStopped()).isTrue();
    asked.clear();
    wakeWithWork();
    world.offer(MAPS.alone(2));
    loop.awaitRun(Long.MAX_VALUE / 2, () -> true);
    assertThat(begun).isEmpty();
  }

  @Test
  void behindIsASecondaryThatCanBeReachedAndNeedsIt() {
    GroupView alone = GroupView.of(MAPS.alone(1), NodeKind.METADATA, GroupMaps.OWN);
    assertThat(ResyncLoop.isBehind(alone)).isTrue();
    GroupView pair = GroupView.of(MAPS.pair(1), NodeKind.METADATA, GroupMaps.OWN);
    assertThat(ResyncLoop.isBehind(pair)).isFalse();
    GroupView bad =
        GroupView.of(
            MAPS.map(1, 1, GroupMaps.OWN, Consistency.GOOD, Consistency.BAD, 1),
            NodeKind.METADATA,
            GroupMaps.OWN);
    assertThat(ResyncLoop.isBehind(bad)).isFalse();
    assertThat(ResyncLoop.isBehind(GroupView.NOTHING)).isFalse();
  }
}
