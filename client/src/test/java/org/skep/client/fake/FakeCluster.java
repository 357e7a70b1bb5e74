package org.skep.client.fake;

import com.google.protobuf.MessageLite;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.skep.client.call.Servers;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.TargetStatus;

/// A cluster in memory behind the client's port: two shards, some targets. Requests can be refused,
/// held, or carried out twice as after a lost answer.
public final class FakeCluster {
  private final Map<Integer, FakeShard> shards = new ConcurrentHashMap<>();
  private final Map<Integer, FakeTarget> targets = new ConcurrentHashMap<>();
  private final List<Fault> faults = new CopyOnWriteArrayList<>();
  private final List<Delay> delays = new CopyOnWriteArrayList<>();
  private final List<String> log = new ArrayList<>();
  private final List<Long> turns = new ArrayList<>();
  private final ClusterMap map;
  private volatile Random repeats = new Random(0);
  private volatile int repeatPercent;

  /// What goes wrong with a request, in the thread that sends it: a failure, or null to go on; it
  /// may also just wait.
  public interface Fault {
    Failure before(Operation<?, ?> operation, int destination, Object request);
  }

  public FakeCluster() {
    shards.put(1, new FakeShard(1, this));
    shards.put(2, new FakeShard(2, this));
    List<Target> known = new ArrayList<>();
    for (int id : new int[] {1, 2}) {
      known.add(
          new Target(
              NodeKind.METADATA, id, 1, "m" + id, 1, Reachability.ONLINE, Consistency.GOOD, 1));
    }
    map =
        ClusterMap.of(
            1,
            "fake",
            1,
            List.of(new Node(NodeKind.METADATA, 1, "m", "h", 1, List.of())),
            known,
            List.of(
                new BuddyGroup(NodeKind.METADATA, 1, 1, 0, 1),
                new BuddyGroup(NodeKind.METADATA, 2, 2, 0, 1)));
  }

  public FakeShard shard(int id) {
    return shards.get(id);
  }

  public FakeTarget target(int id) {
    return targets.computeIfAbsent(id, t -> new FakeTarget());
  }

  /// Holds an answer, in the thread that waits for it.
  public interface Delay {
    void after(Operation<?, ?> operation);
  }

  public Runnable delay(Delay delay) {
    delays.add(delay);
    return () -> delays.remove(delay);
  }

  public Runnable fault(Fault fault) {
    faults.add(fault);
    return () -> faults.remove(fault);
  }

  /// That many of a hundred requests are carried out twice.
  public void repeat(int percent, long seed) {
    repeats = new Random(seed);
    repeatPercent = percent;
  }

  /// Names of the operations asked for so far.
  public List<String> log() {
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  /// The turns of reads from groups, in their order.
  public List<Long> turns() {
    synchronized (log) {
      return List.copyOf(turns);
    }
  }

  public long count(Operation<?, ?> operation) {
    return log().stream().filter(operation.name()::equals).count();
  }

  /// The port of one client.
  public Servers client(long id) {
    return new Client(id);
  }

  private boolean twice() {
    synchronized (log) {
      return repeats.nextInt(100) < repeatPercent;
    }
  }

  private final class Client implements Servers {
    private final long id;

    Client(long id) {
      this.id = id;
    }

    @Override
    public ClusterMap map() {
      return map;
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> shard(
        int shard, Operation<Q, R> operation, Q request, long sequence, long mark) {
      return answer(
          operation, shard, request, () -> shards.get(shard).serve(id, request, sequence, mark));
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> shardBriefly(
        int shard, Operation<Q, R> operation, Q request) {
      return shard(shard, operation, request, 0, 0);
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> storage(
        boolean group,
        int target,
        Operation<Q, R> operation,
        Q request,
        ByteBuffer bulkOut,
        ByteBuffer bulkIn) {
      int start = bulkIn == null ? 0 : bulkIn.position();
      return answer(
          operation,
          target,
          request,
          () -> {
            if (bulkIn != null) {
              bulkIn.position(start);
            }
            return target(target).serve(request, bulkOut, bulkIn);
          });
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> readGroup(
        int group, long turn, Operation<Q, R> operation, Q request, ByteBuffer bulkIn) {
      synchronized (log) {
        turns.add(turn);
      }
      return storage(true, group, operation, request, null, bulkIn);
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> management(
        Operation<Q, R> operation, Q request) {
      StatusReply.Builder reply = StatusReply.newBuilder();
      for (int number = 1; number <= 3; number++) {
        for (var kind :
            List.of(org.skep.wire.message.Kind.METADATA, org.skep.wire.message.Kind.STORAGE)) {
          reply.addTargets(
              TargetStatus.newBuilder()
                  .setKind(kind)
                  .setReport(
                      TargetReport.newBuilder()
                          .setSpace(
                              SpaceMessage.newBuilder()
                                  .setTotalBytes(100)
                                  .setFreeBytes(10)
                                  .setTotalInodes(7)
                                  .setFreeInodes(5))));
        }
      }
      return answer(operation, 0, request, reply::build);
    }

    @SuppressWarnings("unchecked")
    private <R extends MessageLite> Answer<R> answer(
        Operation<?, R> operation,
        int destination,
        Object request,
        java.util.function.Supplier<Object> served) {
      synchronized (log) {
        log.add(operation.name());
      }
      for (Fault fault : faults) {
        Failure failure = fault.before(operation, destination, request);
        if (failure != null) {
          return new Answer.Refused<>(failure);
        }
      }
      Object result = served.get();
      if (twice()) {
        result = served.get();
      }
      delays.forEach(delay -> delay.after(operation));
      return result instanceof Answer<?> answer
          ? (Answer<R>) answer
          : new Answer.Done<>((R) result, 0);
    }
  }
}
