package org.skep.metadata.twin;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.StripePattern;
import org.skep.cluster.Target;
import org.skep.metadata.operation.Placement;
import org.skep.metadata.serving.ShardDoor;
import org.skep.metadata.serving.ShardHost;
import org.skep.metadata.serving.SpaceGuard;
import org.skep.metadata.state.Call;
import org.skep.metadata.transaction.Peers;
import org.skep.mirror.EpochGuard;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.Operation;

/// Several shards in one process that call each other directly. A shard whose store crashed is away
/// until [#restart].
public final class ShardCluster implements TreeClient.Shards {
  public static final long ROOT = Ids.inode(1, Ids.ROOT_COUNTER);

  private final Clock clock;
  private final SeededChance chance;
  private final MapHolder maps;
  private final Map<Integer, MemoryStore> stores = new TreeMap<>();
  private final Map<Integer, ShardHost> hosts = new TreeMap<>();
  public final RecordedChunks chunks = new RecordedChunks();
  private ObjIntConsumer<MessageLite> onTheWay = (_, _) -> {};

  /// Chance from a seed.
  public static final class SeededChance implements Chance {
    private final SplittableRandom random;

    public SeededChance(long seed) {
      random = new SplittableRandom(seed);
    }

    @Override
    public synchronized long nextLong() {
      return random.nextLong();
    }

    @Override
    public synchronized int nextInt(int bound) {
      return random.nextInt(bound);
    }

    @Override
    public synchronized byte[] secretBytes(int count) {
      byte[] bytes = new byte[count];
      random.nextBytes(bytes);
      return bytes;
    }
  }

  /// @param count shards 1 to count; 1 is the root shard
  public ShardCluster(int count, Clock clock, long seed)
      throws DiskException, InterruptedException {
    this.clock = clock;
    chance = new SeededChance(seed);
    maps = new MapHolder(clock);
    maps.offer(map(count));
    for (int shard = 1; shard <= count; shard++) {
      stores.put(shard, new MemoryStore());
      start(shard);
    }
    hosts.get(1).shard().makeRoot(MapCodec.message(StripePattern.DEFAULT));
  }

  private static ClusterMap map(int count) {
    List<Target> targets = new ArrayList<>();
    List<BuddyGroup> groups = new ArrayList<>();
    for (int id = 1; id <= count; id++) {
      targets.add(
          new Target(
              NodeKind.METADATA, id, 1, "m" + id, 1, Reachability.ONLINE, Consistency.GOOD, 1));
      groups.add(new BuddyGroup(NodeKind.METADATA, id, id, BuddyGroup.NONE, 1));
    }
    Node node =
        new Node(NodeKind.METADATA, 1, "host", "h", 1, List.of(new Endpoint.Tcp("localhost", 1)));
    return ClusterMap.of(1, "test", 1, List.of(node), targets, groups);
  }

  private void start(int shard) throws DiskException, InterruptedException {
    // Nothing here starts threads or connects.
    Ports ports = new Ports(clock, chance, null, null);
    ShardHost.Surroundings around =
        new ShardHost.Surroundings(ports, maps, new AnyShard(), new DirectPeers(shard), chunks);
    hosts.put(
        shard,
        new ShardHost(around, shard, stores.get(shard), new SpaceGuard(new RoomyDisk(), clock)));
  }

  private final class AnyShard implements Placement {
    @Override
    public Layout layout(StripePattern pattern) {
      return new Layout(pattern.kind(), pattern.chunkBytes(), List.of(1, 2));
    }

    @Override
    public int directoryShard(int parentShard) {
      return 1 + chance.nextInt(stores.size());
    }
  }

  /// Calls of one shard to the others.
  private final class DirectPeers implements Peers {
    private final int self;

    private DirectPeers(int self) {
      this.self = self;
    }

    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
        int shard, Operation<Q, R> operation, Q request, long waitNanos) {
      if (stores.get(self).isDead()) {
        throw new CrashedError("shard " + self + " is dead");
      }
      onTheWay.accept(request, shard);
      return ask(shard, operation, request, new Call(operation.code(), Call.NO_CLIENT, 0, 0));
    }
  }

  /// Called with each request of a shard to another one, before that has it.
  public void onTheWay(ObjIntConsumer<MessageLite> then) {
    onTheWay = then;
  }

  /// Sends a request to a shard; RETRY if it is away, or dies on it.
  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
      int shard, Operation<Q, R> operation, Q request, Call call) {
    if (!stores.containsKey(shard) || stores.get(shard).isDead()) {
      return new Answer.Refused<>(Failure.retry("shard " + shard + " is away"));
    }
    try {
      Outcome<R> outcome = hosts.get(shard).operations().handle(operation, request, call);
      return switch (outcome) {
        case Outcome.Done<R>(R reply, var _, long batch) -> new Answer.Done<>(reply, 0, batch);
        case Outcome.Refused<R>(Failure failure) -> new Answer.Refused<>(failure);
      };
    } catch (CrashedError e) {
      if (!stores.get(shard).isDead()) {
        throw e;
      }
      return new Answer.Refused<>(Failure.retry("shard " + shard + " died"));
    }
  }

  /// All shards as one process would serve them; good until one is restarted.
  public ShardDoor served() {
    return new Door(new EpochGuard(maps, NodeKind.METADATA, 1), Map.copyOf(hosts));
  }

  private record Door(EpochGuard guard, Map<Integer, ShardHost> hosts) implements ShardDoor {
    @Override
    public <Q extends MessageLite, R extends MessageLite> Outcome<R> serve(
        Operation<Q, R> operation, Q request, Exchange exchange) {
      Failure failure = guard.check(exchange.header(), exchange.role());
      ShardHost host = hosts.get(exchange.header().destination());
      if (failure != null || host == null) {
        return Outcome.refused(failure != null ? failure : Failure.retry("no such shard"));
      }
      return host.operations().handle(operation, request, ShardDoor.call(operation, exchange));
    }
  }

  public MemoryStore store(int shard) {
    return stores.get(shard);
  }

  public ShardHost host(int shard) {
    return hosts.get(shard);
  }

  public Map<Integer, MemoryStore> stores() {
    return stores;
  }

  public int size() {
    return stores.size();
  }

  /// Starts a shard anew, with the loss of batches that were not synced.
  public void restart(int shard, int lostBatches) throws DiskException, InterruptedException {
    MemoryStore _ = stores.get(shard).open(lostBatches);
    start(shard);
  }

  /// Runs the background jobs until nothing is left to do.
  ///
  /// @param pause called between rounds: lets time pass until participants ask for outcomes
  public void settle(Runnable pause) throws DiskException, InterruptedException {
    for (int round = 0; round < 20; round++) {
      boolean all = true;
      for (ShardHost host : hosts.values()) {
        all &= host.settleAll();
      }
      if (all) {
        return;
      }
      pause.run();
    }
    throw new AssertionError("shards don't come to rest");
  }

  /// How many inode locks are held in all shards.
  public int lockCount() {
    return hosts.values().stream().mapToInt(host -> host.shard().locks().count()).sum();
  }
}
