package org.skep.management.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.management.operation.DeskWorld.done;
import static org.skep.management.operation.DeskWorld.refused;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.wire.Failure;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.Kind;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.NewGroup;
import org.skep.wire.message.RemoveMirrorGroupRequest;
import org.skep.wire.message.ResyncedRequest;
import org.skep.wire.message.ShardContentMessage;
import org.skep.wire.message.ShardContentsRequest;
import org.skep.wire.message.TargetReport;

/// Metadata groups through the requests of management: servers 1, 2 and 3 with one target each, and
/// a twin of their shards.
final class ShardOperationsTest {
  private static final Caller PRIMARY = new Caller(NodeKind.METADATA, 7, true);

  private final DeskWorld world = new DeskWorld();
  private final AddMirrorGroups adding = new AddMirrorGroups(world.desk);

  @BeforeEach
  void threeShards() {
    for (int node = 1; node <= 3; node++) {
      world.register(Kind.METADATA, node, 7, "u" + node);
    }
  }

  private static AddMirrorGroupsRequest groups(int... pairs) {
    AddMirrorGroupsRequest.Builder request =
        AddMirrorGroupsRequest.newBuilder().setKind(Kind.METADATA);
    for (int i = 0; i < pairs.length; i += 2) {
      request.addGroups(NewGroup.newBuilder().setPrimary(pairs[i]).setSecondary(pairs[i + 1]));
    }
    return request.build();
  }

  private BuddyGroup group(int id) {
    return world.machine.map().group(NodeKind.METADATA, id);
  }

  private Failure refusal(int... pairs) {
    return refused(adding.handle(groups(pairs), Caller.CLIENT));
  }

  @Test
  void theSecondarysShardIsGivenUpBeforeItIsAdded() {
    done(adding.handle(groups(1, 2), Caller.CLIENT));
    assertThat(world.shards.log).containsExactly("retire 2 epoch 1 of 7");
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.METADATA, 1, 1, 2, 2));
    assertThat(group(2)).isNull();
  }

  @Test
  void askedAgainNoShardIsGivenUpThatIsInUse() {
    done(adding.handle(groups(1, 2), Caller.CLIENT));
    world.shards.log.clear();
    BuddyGroup before = group(1);
    assertThat(done(adding.handle(groups(1, 2), Caller.CLIENT)).getGroupIdsList())
        .containsExactly(1);
    // The other way round the "secondary" is the one that serves the shard.
    assertThat(done(adding.handle(groups(2, 1), Caller.CLIENT)).getGroupIdsList())
        .containsExactly(1);
    assertThat(world.shards.log).isEmpty();
    assertThat(group(1)).isEqualTo(before);
  }

  @Test
  void aShardThatHoldsSomethingStaysAndTheOthersGoOn() {
    world.shards.inodes.put(3, 12L);
    Failure failure = refusal(1, 3);
    assertThat(failure.errno()).isEqualTo(Errno.EBUSY.number());
    assertThat(failure.detail())
        .isEqualTo(
            "meta target 3 serves shard 3, which holds 12 files and directories: only an empty one"
                + " can be given up");
    assertThat(world.shards.retired).isEmpty();
    world.register(Kind.METADATA, 4, 7, "u4");
    world.shards.log.clear();
    assertThat(refusal(1, 2, 4, 3).detail()).contains("which holds 12");
    assertThat(world.shards.retired).as("2 takes part again").isEmpty();
    assertThat(world.shards.log)
        .containsExactly("retire 2 epoch 1 of 7", "retire 3 epoch 1 of 7", "undo 2 epoch 1 of 7");
    assertThat(group(1).isPair()).isFalse();
  }

  @Test
  void whatCantBeIsRefusedBeforeAnythingIsAsked() {
    assertThat(refusal(2, 1).detail()).contains("holds the root directory");
    assertThat(refusal(1, 2, 3, 2).detail()).contains("meta target 2 is a member of buddy group 1");
    assertThat(refusal(1, 9).errno()).isEqualTo(Errno.ENOENT.number());
    assertThat(world.shards.log).isEmpty();
  }

  @Test
  void aServerThatDoesNotAnswerIsNotASecondary() {
    world.shards.silent.add(2);
    Failure failure = refusal(1, 2);
    assertThat(failure.errno()).isEqualTo(Errno.EBUSY.number());
    assertThat(failure.detail())
        .isEqualTo(
            "meta target 2 serves shard 2, and does not answer whether that can be given up:"
                + " timed out");
    assertThat(world.shards.log).as("it may have heard").contains("undo 2 epoch 1 of 7");
  }

  @Test
  void aShardThatIsJustStartingIsAskedAgain() {
    world.shards.starting.add(2);
    assertThat(refusal(1, 2).kind()).isEqualTo(FailureMessage.Kind.RETRY);
  }

  @Test
  void anotherProcessAtTheTargetWhenTheCommandIsDecidedMakesItVoid() {
    world.shards.onRetire = () -> world.register(Kind.METADATA, 2, 8, "u2");
    Failure failure = refusal(1, 2);
    assertThat(failure.errno()).isEqualTo(Errno.ESTALE.number());
    assertThat(group(2)).isEqualTo(new BuddyGroup(NodeKind.METADATA, 2, 2, 0, 1));
  }

  @Test
  void aCommandWhoseFateIsNotKnownUndoesNothing() {
    world.shards.onRetire = world.memoryLog::crash;
    Failure failure = refusal(1, 2);
    assertThat(failure.kind()).isIn(FailureMessage.Kind.RETRY, FailureMessage.Kind.NOT_SERVED);
    assertThat(world.shards.retired).containsExactly(2);
  }

  @Test
  void theContentsOfShardsOfOneAreTold() {
    world.shards.inodes.put(2, 5L);
    world.shards.silent.add(3);
    var reply =
        done(
            new ShardContents(world.desk)
                .handle(ShardContentsRequest.getDefaultInstance(), Caller.CLIENT));
    assertThat(reply.getShardsList())
        .containsExactly(
            ShardContentMessage.newBuilder().setShard(1).setKnown(true).setRoot(true).build(),
            ShardContentMessage.newBuilder().setShard(2).setKnown(true).setInodes(5).build(),
            ShardContentMessage.newBuilder().setShard(3).setReason("timed out").build());
    assertThat(world.shards.retired).isEmpty();
    world.shards.silent.clear();
    done(adding.handle(groups(1, 3), Caller.CLIENT));
    leave(2);
    reply =
        done(
            new ShardContents(world.desk)
                .handle(ShardContentsRequest.getDefaultInstance(), Caller.CLIENT));
    assertThat(reply.getShardsList())
        .containsExactly(
            ShardContentMessage.newBuilder().setShard(2).setReason("it is Offline").build());
  }

  private void leave(int nodeId) {
    LeaveRequest request =
        LeaveRequest.newBuilder()
            .setKind(Kind.METADATA)
            .setNodeId(nodeId)
            .setIncarnation(7)
            .build();
    done(new Leave(world.desk).handle(request, Caller.SERVER));
  }

  private HeartbeatReply beat(TargetReport.Builder report) {
    HeartbeatRequest request =
        HeartbeatRequest.newBuilder()
            .setKind(Kind.METADATA)
            .setNodeId(report.getTargetId())
            .setIncarnation(7)
            .setMapVersion(world.machine.map().version())
            .addReports(report)
            .build();
    return done(new Heartbeat(world.desk).handle(request, Caller.SERVER));
  }

  private static TargetReport.Builder report(int target) {
    return TargetReport.newBuilder().setTargetId(target);
  }

  @Test
  void leasesComplaintsAndFailoverAreThoseOfStorage() {
    assertThat(beat(report(1).setStepsOut(true)).getSuspendedTargetsList())
        .as("alone in its shard")
        .isEmpty();
    done(adding.handle(groups(1, 2), Caller.CLIENT));
    ResyncedRequest resynced =
        ResyncedRequest.newBuilder()
            .setKind(Kind.METADATA)
            .setGroupId(1)
            .setEpoch(2)
            .setSecondary(2)
            .build();
    done(new Resynced(world.desk).handle(resynced, PRIMARY));
    assertThat(group(1).epoch()).isEqualTo(3);
    beat(report(1).setBuddyUnreachableEpoch(3));
    assertThat(beat(report(2)).getSuspendedTargetsList()).containsExactly(2);
    beat(report(2).setLeaseDropped(true));
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.METADATA, 1, 1, 2, 4));
    done(new Resynced(world.desk).handle(resynced.toBuilder().setEpoch(4).build(), PRIMARY));
    leave(1);
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.METADATA, 1, 2, 1, 6));
    RemoveMirrorGroupRequest remove =
        RemoveMirrorGroupRequest.newBuilder().setKind(Kind.METADATA).setGroupId(1).build();
    done(new RemoveMirrorGroup(world.desk).handle(remove, Caller.CLIENT));
    assertThat(group(1)).isEqualTo(new BuddyGroup(NodeKind.METADATA, 1, 2, 0, 7));
    assertThat(beat(report(2)).getSuspendedTargetsList()).isEmpty();
  }
}
