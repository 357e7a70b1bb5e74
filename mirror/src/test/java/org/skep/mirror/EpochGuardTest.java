package org.skep.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.runtime.route.MapSource;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.message.FailureMessage;

class EpochGuardTest {
  private static final int OURS = 1;
  private static final int OTHERS = 2;
  private final Maps maps = new Maps();
  private final EpochGuard guard = new EpochGuard(maps, NodeKind.STORAGE, OURS);

  /// Knows one map, and a second one when it is waited for.
  private static final class Maps implements MapSource {
    private ClusterMap current = map(7, 5);
    private ClusterMap next;
    private int waits;

    @Override
    public ClusterMap current() {
      return current;
    }

    @Override
    public boolean awaitVersion(long version, long nanos) throws InterruptedException {
      waits++;
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (next != null) {
        current = next;
      }
      return current.version() >= version;
    }

    @Override
    public void offer(ClusterMap map) {
      current = map;
    }
  }

  private static ClusterMap map(long version, long epoch) {
    return ClusterMap.of(
        version,
        "cluster",
        0,
        List.of(node(NodeKind.STORAGE, OURS), node(NodeKind.STORAGE, OTHERS)),
        List.of(
            target(NodeKind.STORAGE, 10, OURS, epoch),
            target(NodeKind.STORAGE, 20, OTHERS, epoch),
            target(NodeKind.METADATA, 30, OURS, 1)),
        List.of(
            new BuddyGroup(NodeKind.STORAGE, 3, 10, 20, epoch + 1),
            new BuddyGroup(NodeKind.METADATA, 4, 30, 0, epoch)));
  }

  private static Node node(NodeKind kind, int id) {
    return new Node(kind, id, "host", "boot", 1, List.of());
  }

  private static Target target(NodeKind kind, int id, int nodeId, long epoch) {
    return new Target(kind, id, nodeId, "uuid", epoch, Reachability.ONLINE, Consistency.GOOD, 1);
  }

  private static FrameHeader header(int destination, long epoch, int flags) {
    return new FrameHeader(FrameKind.REQUEST, 0x301, 1, 0, 0, 0, destination, epoch, 0, 0, flags);
  }

  private static void assertFailure(Failure failure, FailureMessage.Kind kind, long mapVersion) {
    assertThat(failure.kind()).isEqualTo(kind);
    assertThat(failure.mapVersion()).isEqualTo(mapVersion);
  }

  @Test
  void theSameEpochGoesOn() {
    assertThat(guard.check(header(10, 5, 0))).isNull();
    assertThat(guard.check(header(3, 6, FrameHeader.FLAG_GROUP))).isNull();
    assertThat(maps.waits).isZero();
  }

  @Test
  void whatIsServedElsewhereOrUnknownIsRefused() {
    assertFailure(guard.check(header(20, 5, 0)), FailureMessage.Kind.NOT_SERVED, 7);
    assertFailure(guard.check(header(20, 9, 0)), FailureMessage.Kind.NOT_SERVED, 7);
    assertFailure(guard.check(header(99, 5, 0)), FailureMessage.Kind.NOT_SERVED, 7);
    assertFailure(guard.check(header(0, 0, 0)), FailureMessage.Kind.NOT_SERVED, 7);
    assertFailure(guard.check(header(-1, 5, 0)), FailureMessage.Kind.NOT_SERVED, 7);
    assertFailure(
        guard.check(header(4, 5, FrameHeader.FLAG_GROUP)), FailureMessage.Kind.NOT_SERVED, 7);
    assertThat(maps.waits).isZero();
  }

  @Test
  void anOlderEpochIsStale() {
    Failure failure = guard.check(header(10, 4, 0));
    assertFailure(failure, FailureMessage.Kind.STALE_EPOCH, 7);
    assertThat(failure.detail()).isEqualTo("storage target 10 is in epoch 5, the request in 4");
  }

  @Test
  void aNewerEpochWaitsForItsMap() {
    maps.next = map(8, 6);
    assertThat(guard.check(header(10, 6, 0))).isNull();
    assertThat(maps.waits).isEqualTo(1);
  }

  @Test
  void aNewerEpochIsRefusedForNowIfItsMapDoesNotCome() {
    assertFailure(guard.check(header(10, 6, 0)), FailureMessage.Kind.RETRY, 0);
    maps.next = map(8, 6);
    assertFailure(guard.check(header(10, 7, 0)), FailureMessage.Kind.RETRY, 0);
  }

  @Test
  void anInterruptedWaitKeepsTheInterrupt() {
    Thread.currentThread().interrupt();
    assertFailure(guard.check(header(10, 6, 0)), FailureMessage.Kind.RETRY, 0);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void destinationsOfMetadataAreShards() {
    EpochGuard metadata = new EpochGuard(maps, NodeKind.METADATA, OURS);
    assertThat(metadata.check(header(4, 5, 0))).isNull();
    assertFailure(metadata.check(header(30, 1, 0)), FailureMessage.Kind.NOT_SERVED, 7);
  }

  private static final int GROUP = FrameHeader.FLAG_GROUP;
  private static final int FORWARDED = GROUP | FrameHeader.FLAG_FORWARDED;
  private static final int ANY_MEMBER = GROUP | FrameHeader.FLAG_ANY_MEMBER;
  private final EpochGuard buddy = new EpochGuard(maps, NodeKind.STORAGE, OTHERS);

  @Test
  void aGroupIsServedByItsPrimary() {
    assertFailure(buddy.check(header(3, 6, GROUP)), FailureMessage.Kind.NOT_SERVED, 7);
  }

  @Test
  void whatIsForwardedIsForTheSecondaryAndFromAStorageServer() {
    assertThat(buddy.check(header(3, 6, FORWARDED), NodeKind.STORAGE)).isNull();
    assertFailure(
        buddy.check(header(3, 5, FORWARDED), NodeKind.STORAGE), FailureMessage.Kind.STALE_EPOCH, 7);
    assertFailure(
        guard.check(header(3, 6, FORWARDED), NodeKind.STORAGE), FailureMessage.Kind.NOT_SERVED, 7);
    for (NodeKind role : List.of(NodeKind.CLIENT, NodeKind.METADATA, NodeKind.MANAGEMENT)) {
      Failure failure = buddy.check(header(3, 6, FORWARDED), role);
      assertFailure(failure, FailureMessage.Kind.ERRNO, 0);
      assertThat(failure.errno()).isEqualTo(Errno.EPERM.number());
    }
  }

  @Test
  void anyMemberIsEitherOfTheTwo() {
    assertThat(guard.check(header(3, 6, ANY_MEMBER))).isNull();
    assertThat(buddy.check(header(3, 6, ANY_MEMBER))).isNull();
    assertFailure(buddy.check(header(3, 5, ANY_MEMBER)), FailureMessage.Kind.STALE_EPOCH, 7);
    EpochGuard third = new EpochGuard(maps, NodeKind.STORAGE, 9);
    assertFailure(third.check(header(3, 6, ANY_MEMBER)), FailureMessage.Kind.NOT_SERVED, 7);
    maps.next = map(8, 7);
    assertThat(buddy.check(header(3, 8, ANY_MEMBER))).isNull();
  }

  @Test
  void flagsThatMakeNoSenseAreMalformed() {
    for (int flags : new int[] {2, 4, 6, 7, 8, 9, -1}) {
      assertFailure(
          guard.check(header(3, 6, flags), NodeKind.STORAGE), FailureMessage.Kind.MALFORMED, 0);
    }
  }

  /// Shard 4 with its primary here and its secondary there.
  private static ClusterMap shards() {
    return ClusterMap.of(
        9,
        "cluster",
        0,
        List.of(node(NodeKind.METADATA, OURS), node(NodeKind.METADATA, OTHERS)),
        List.of(
            target(NodeKind.METADATA, 30, OURS, 1),
            target(NodeKind.METADATA, 40, OTHERS, 1),
            target(NodeKind.METADATA, 50, OURS, 1)),
        List.of(
            new BuddyGroup(NodeKind.METADATA, 4, 30, 40, 5),
            new BuddyGroup(NodeKind.METADATA, 6, 50, 0, 1)));
  }

  @Test
  void aShardIsServedByItsPrimaryAndTakesWhatIsForwardedAtItsSecondary() {
    maps.current = shards();
    EpochGuard primary = new EpochGuard(maps, NodeKind.METADATA, OURS);
    EpochGuard secondary = new EpochGuard(maps, NodeKind.METADATA, OTHERS);
    int forwarded = FrameHeader.FLAG_FORWARDED;
    for (NodeKind role : NodeKind.values()) {
      assertThat(primary.check(header(4, 5, 0), role)).isNull();
      assertFailure(secondary.check(header(4, 5, 0), role), FailureMessage.Kind.NOT_SERVED, 9);
    }
    assertThat(secondary.check(header(4, 5, forwarded), NodeKind.METADATA)).isNull();
    assertFailure(
        secondary.check(header(4, 4, forwarded), NodeKind.METADATA),
        FailureMessage.Kind.STALE_EPOCH,
        9);
    Failure elsewhere = primary.check(header(4, 5, forwarded), NodeKind.METADATA);
    assertFailure(elsewhere, FailureMessage.Kind.NOT_SERVED, 9);
    assertThat(elsewhere.detail()).isEqualTo("meta group 4 is served by node 2, not by 1");
    assertFailure(
        primary.check(header(6, 1, forwarded), NodeKind.METADATA),
        FailureMessage.Kind.NOT_SERVED,
        9);
  }

  @Test
  void onlyMetadataServersForwardToAShard() {
    maps.current = shards();
    EpochGuard secondary = new EpochGuard(maps, NodeKind.METADATA, OTHERS);
    for (NodeKind role : List.of(NodeKind.CLIENT, NodeKind.STORAGE, NodeKind.MANAGEMENT)) {
      Failure failure = secondary.check(header(4, 5, FrameHeader.FLAG_FORWARDED), role);
      assertFailure(failure, FailureMessage.Kind.ERRNO, 0);
      assertThat(failure.errno()).isEqualTo(Errno.EPERM.number());
      assertThat(failure.detail()).startsWith("only a meta server forwards");
    }
    assertThat(secondary.check(header(4, 5, FrameHeader.FLAG_FORWARDED))).isNotNull();
  }

  @Test
  void otherFlagsThanForwardedMakeNoSenseForAShard() {
    maps.current = shards();
    EpochGuard primary = new EpochGuard(maps, NodeKind.METADATA, OURS);
    for (int flags : new int[] {GROUP, FORWARDED, 4, ANY_MEMBER, 6, 8, -1}) {
      assertFailure(
          primary.check(header(4, 5, flags), NodeKind.METADATA), FailureMessage.Kind.MALFORMED, 0);
    }
  }
}
