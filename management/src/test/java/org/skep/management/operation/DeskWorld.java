package org.skep.management.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import java.util.Random;
import org.skep.management.SteppingClock;
import org.skep.management.heartbeat.CapacityLimits;
import org.skep.management.heartbeat.ClientList;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.management.machine.ClusterLog;
import org.skep.management.machine.ClusterMachine;
import org.skep.management.state.Command;
import org.skep.management.twin.MemoryLog;
import org.skep.runtime.port.Chance;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.message.EndpointMessage;
import org.skep.wire.message.Kind;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.TargetClaim;

/// Management's operations on a log in memory and a clock that only waits move.
final class DeskWorld {
  final SteppingClock clock = new SteppingClock();
  final ClusterMachine machine = new ClusterMachine(clock);
  final MemoryLog memoryLog =
      new MemoryLog(clock, new SeededChance(), new MemoryLog.Store(), machine);
  final ClusterLog log = new ClusterLog(memoryLog);
  final TwinShards shards = new TwinShards();
  final ProbedNetwork network = new ProbedNetwork();
  final Heartbeats heartbeats = new Heartbeats(5_000_000_000L, clock.nanoTime());
  final Desk desk =
      new Desk(
          clock,
          network,
          machine,
          log,
          heartbeats,
          new ClientList(),
          shards,
          new CapacityLimits(100, 10, 0, 0),
          new CapacityLimits(1000, 500, 0, 0));

  private static final class SeededChance implements Chance {
    private final Random random = new Random(1);

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
  }

  DeskWorld() {
    log.submit(new Command.CreateCluster("c"));
  }

  static RegisterRequest registration(Kind kind, int nodeId, long incarnation, String... uuids) {
    RegisterRequest.Builder request =
        RegisterRequest.newBuilder()
            .setNode(
                NodeMessage.newBuilder()
                    .setKind(kind)
                    .setId(nodeId)
                    .setName("host")
                    .setIncarnation(incarnation)
                    .addEndpoints(EndpointMessage.newBuilder().setHost("host").setPort(8003)));
    for (String uuid : uuids) {
      request.addTargets(TargetClaim.newBuilder().setUuid(uuid));
    }
    return request.build();
  }

  RegisterReply register(Kind kind, int nodeId, long incarnation, String... uuids) {
    return done(
        new Register(desk).handle(registration(kind, nodeId, incarnation, uuids), Caller.SERVER));
  }

  static <R extends MessageLite> R done(Outcome<R> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<R>) outcome).reply();
  }

  static Failure refused(Outcome<?> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused<?>) outcome).failure();
  }
}
