package org.skep.management.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.management.operation.DeskWorld.done;
import static org.skep.management.operation.DeskWorld.refused;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.linux.Errno;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.Kind;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;

/// What each request answers and what it leaves behind.
final class OperationsTest {
  private final DeskWorld world = new DeskWorld();

  private static HeartbeatRequest heartbeat(int nodeId, long incarnation, TargetReport... reports) {
    return HeartbeatRequest.newBuilder()
        .setKind(Kind.STORAGE)
        .setNodeId(nodeId)
        .setIncarnation(incarnation)
        .addAllReports(List.of(reports))
        .build();
  }

  private static TargetReport report(int target, long freeBytes) {
    return TargetReport.newBuilder()
        .setTargetId(target)
        .setSpace(SpaceMessage.newBuilder().setTotalBytes(10_000).setFreeBytes(freeBytes))
        .build();
  }

  private HeartbeatReply beat(HeartbeatRequest request) {
    return done(new Heartbeat(world.desk).handle(request, Caller.SERVER));
  }

  private Reachability reachability(int target) {
    return world.machine.map().target(NodeKind.STORAGE, target).reachability();
  }

  @Test
  void registerAnswersIdsAndTheMapWithThem() {
    RegisterReply reply = world.register(Kind.STORAGE, 0, 7, "a", "b");
    assertThat(reply.getClusterId()).isEqualTo("c");
    assertThat(reply.getNodeId()).isEqualTo(1);
    assertThat(reply.getTargetIdsList()).containsExactly(101, 102);
    assertThat(reply.getMap().getVersion()).isEqualTo(2);
    assertThat(reply.getMap().getTargetsCount()).isEqualTo(2);
  }

  @Test
  void registerPassesARejectionOn() {
    world.register(Kind.STORAGE, 0, 7, "a");
    RegisterRequest other = DeskWorld.registration(Kind.STORAGE, 1, 8, "x");
    var failure = refused(new Register(world.desk).handle(other, Caller.SERVER));
    assertThat(failure.errno()).isEqualTo(Errno.EEXIST.number());
    assertThat(failure.detail()).contains("storage node 1 is another server");
  }

  @Test
  void onlyServersWithAnAddressRegister() {
    Register register = new Register(world.desk);
    for (Kind kind : List.of(Kind.CLIENT, Kind.MANAGEMENT, Kind.KIND_UNKNOWN)) {
      var failure =
          refused(register.handle(DeskWorld.registration(kind, 1, 1, "x"), Caller.SERVER));
      assertThat(failure.kind()).isEqualTo(FailureMessage.Kind.MALFORMED);
    }
    RegisterRequest nowhere =
        RegisterRequest.newBuilder()
            .setNode(NodeMessage.newBuilder().setKind(Kind.STORAGE).setName("host"))
            .build();
    assertThat(refused(register.handle(nowhere, Caller.SERVER)).detail()).contains("endpoint");
    assertThat(world.machine.map().version()).isEqualTo(1);
  }

  @Test
  void aHeartbeatBringsTheMapOnlyIfItIsNewer() {
    world.register(Kind.STORAGE, 0, 7, "a");
    HeartbeatReply reply = beat(heartbeat(1, 7, report(101, 1)));
    assertThat(reply.getMap().getVersion()).isEqualTo(2);
    assertThat(reply.getIntervalMillis()).isEqualTo(1000);
    reply = beat(heartbeat(1, 7, report(101, 1)).toBuilder().setMapVersion(2).build());
    assertThat(reply.hasMap()).isFalse();
  }

  @Test
  void aHeartbeatTellsWhoMustRegisterAgain() {
    Heartbeat heartbeat = new Heartbeat(world.desk);
    assertThat(refused(heartbeat.handle(heartbeat(1, 7), Caller.SERVER)).errno())
        .isEqualTo(Errno.ENOENT.number());
    world.register(Kind.STORAGE, 0, 7, "a");
    assertThat(refused(heartbeat.handle(heartbeat(1, 8), Caller.SERVER)).errno())
        .isEqualTo(Errno.ESTALE.number());
    assertThat(refused(heartbeat.handle(heartbeat(-1, 7), Caller.SERVER)).errno())
        .isEqualTo(Errno.ENOENT.number());
  }

  @Test
  void whoLeavesIsOfflineWhenAnswered() {
    world.register(Kind.STORAGE, 0, 7, "a", "b");
    LeaveRequest leave =
        LeaveRequest.newBuilder().setKind(Kind.STORAGE).setNodeId(1).setIncarnation(7).build();
    done(new Leave(world.desk).handle(leave, Caller.SERVER));
    assertThat(reachability(101)).isEqualTo(Reachability.OFFLINE);
    assertThat(reachability(102)).isEqualTo(Reachability.OFFLINE);
    assertThat(refused(new Heartbeat(world.desk).handle(heartbeat(1, 7), Caller.SERVER)).errno())
        .isEqualTo(Errno.ESHUTDOWN.number());
    world.register(Kind.STORAGE, 1, 8, "a", "b");
    assertThat(reachability(101)).isEqualTo(Reachability.ONLINE);
    assertThat(refused(new Leave(world.desk).handle(leave, Caller.SERVER)).errno())
        .isEqualTo(Errno.ESTALE.number());
    assertThat(reachability(101)).isEqualTo(Reachability.ONLINE);
  }

  @Test
  void statusTellsSpacePoolsAndClients() {
    world.register(Kind.STORAGE, 0, 7, "a", "b");
    beat(heartbeat(1, 7, report(101, 400)));
    world.clock.advanceMillis(1500);
    watch(0, 0, client("mount"));
    StatusReply reply =
        done(new Status(world.desk).handle(StatusRequest.getDefaultInstance(), Caller.CLIENT));
    assertThat(reply.getTargetsList())
        .anySatisfy(status -> {
          assertThat(status.getReport()).isEqualTo(report(101, 400));
          assertThat(status.getCapacityPool()).isEqualTo(CapacityPool.EMERGENCY.ordinal());
          assertThat(status.getHeardMillisAgo()).isEqualTo(1500);
        })
        .anySatisfy(status -> assertThat(status.getReport().hasSpace()).isFalse())
        .hasSize(2);
    assertThat(reply.getClientsList()).containsExactly(client("mount"));
  }

  private static NodeMessage client(String name) {
    return NodeMessage.newBuilder().setKind(Kind.CLIENT).setId(1).setName(name).build();
  }

  private WatchMapReply watch(long version, int waitMillis, NodeMessage client) {
    WatchMapRequest.Builder request =
        WatchMapRequest.newBuilder().setMapVersion(version).setWaitMillis(waitMillis);
    if (client != null) {
      request.setClientNode(client);
    }
    return done(new WatchMap(world.desk).handle(request.build(), Caller.CLIENT));
  }

  @Test
  void aWatchOfAnOldMapIsAnsweredAtOnce() {
    long before = world.clock.nanoTime();
    assertThat(watch(0, 30_000, null).getMap().getVersion()).isEqualTo(1);
    assertThat(world.clock.nanoTime()).isEqualTo(before);
  }

  @Test
  void aWatchOfTheNewestMapEndsAfterItsWaitOrTheLongestOne() {
    long before = world.clock.nanoTime();
    assertThat(watch(1, 2_000, null).hasMap()).isFalse();
    assertThat(world.clock.nanoTime() - before).isEqualTo(2_000_000_000L);
    assertThat(watch(1, -1, null).hasMap()).isFalse();
    assertThat(world.clock.nanoTime() - before).isEqualTo(32_000_000_000L);
  }

  @Test
  void aWatchEndsWhenTheAskerIsGoneOrTheServiceStops() {
    long before = world.clock.nanoTime();
    WatchMapRequest request =
        WatchMapRequest.newBuilder().setMapVersion(1).setWaitMillis(30_000).build();
    done(new WatchMap(world.desk).handle(request, new Caller(NodeKind.CLIENT, 2, false)));
    world.machine.wakeAll();
    assertThat(watch(1, 30_000, null).hasMap()).isFalse();
    assertThat(world.clock.nanoTime()).isEqualTo(before);
  }

  @Test
  void onlyClientsAreListedAsClients() {
    WatchMap watch = new WatchMap(world.desk);
    WatchMapRequest asServer =
        WatchMapRequest.newBuilder()
            .setClientNode(client("x").toBuilder().setKind(Kind.STORAGE))
            .build();
    WatchMapRequest fromServer = WatchMapRequest.newBuilder().setClientNode(client("x")).build();
    assertThat(refused(watch.handle(asServer, Caller.CLIENT)).kind())
        .isEqualTo(FailureMessage.Kind.MALFORMED);
    assertThat(refused(watch.handle(fromServer, Caller.SERVER)).kind())
        .isEqualTo(FailureMessage.Kind.MALFORMED);
    assertThat(world.desk.clients().list(world.clock.nanoTime())).isEmpty();
  }

  @Test
  void aPeerThatDoesNotLeadServesNothing() {
    world.memoryLog.crash();
    for (var outcome :
        List.of(
            new Register(world.desk)
                .handle(DeskWorld.registration(Kind.STORAGE, 0, 1, "a"), Caller.SERVER),
            new Heartbeat(world.desk).handle(heartbeat(1, 1), Caller.SERVER),
            new Leave(world.desk).handle(LeaveRequest.getDefaultInstance(), Caller.SERVER),
            new WatchMap(world.desk).handle(WatchMapRequest.getDefaultInstance(), Caller.CLIENT),
            new Status(world.desk).handle(StatusRequest.getDefaultInstance(), Caller.CLIENT))) {
      assertThat(refused(outcome).kind()).isEqualTo(FailureMessage.Kind.NOT_SERVED);
    }
  }
}
