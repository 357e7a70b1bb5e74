package org.skep.metadata.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.target.ScriptedManagement.SHARD;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;
import org.skep.metadata.MetadataService;
import org.skep.metadata.MetadataSettings;
import org.skep.metadata.replication.ContentReader;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RequestHeader;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.runtime.twin.CuttableNetwork;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.Caller;
import org.skep.wire.message.Entry;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.ShardResyncStatsReply;
import org.skep.wire.message.ShardResyncStatsRequest;

/// Two metadata servers, `a` and `b`, and a client, on real sockets, with disks and stores in
/// memory.
final class ShardPair implements AutoCloseable {
  static final long ROOT = Ids.inode(SHARD, Ids.ROOT_COUNTER);
  private static final long SECOND = 1_000_000_000L;

  final Ports ports = RealPorts.create();
  final ScriptedManagement management;
  final Map<String, MemoryStore> stores = new TreeMap<>();
  final Map<String, MemoryDisk> disks = new TreeMap<>();
  private final Path directory;
  private final List<Server> servers = new ArrayList<>();
  private final AtomicLong sequence = new AtomicLong();
  private final MapHolder maps = new MapHolder(ports.clock());
  private final RpcClient rpc;
  private final Router router;

  ShardPair(Path directory) throws IOException {
    this.directory = directory;
    management = new ScriptedManagement(ports, endpoint("management"));
    management.start();
    rpc =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.CLIENT, 99, null, () -> ScriptedManagement.CLUSTER_ID, version -> {}));
    router = new Router(ports, rpc, maps, new Router.Settings(30 * SECOND, 30 * SECOND));
  }

  private Endpoint endpoint(String name) {
    return new Endpoint.Unix(directory.resolve(name).toString());
  }

  /// A process.
  final class Server {
    final MetadataService service;
    final KillableStore store;
    private final CuttableNetwork network = new CuttableNetwork(ports.network());
    private boolean over;

    private Server(String name) throws Exception {
      MemoryDisk disk = disks.computeIfAbsent(name, MemoryDisk::new);
      boolean fresh = !stores.containsKey(name);
      MemoryStore memory = stores.computeIfAbsent(name, _ -> new MemoryStore());
      if (!fresh) {
        MemoryStore _ = memory.open(0);
      }
      store = new KillableStore(memory);
      MetadataSettings settings =
          new MetadataSettings(
              0,
              name,
              List.of(endpoint(name + servers.size())),
              List.of(endpoint("management")),
              null,
              true,
              StripePattern.DEFAULT,
              ServerLimits.DEFAULT,
              "",
              0);
      service =
          new MetadataService(
              new Ports(ports.clock(), ports.chance(), network, ports.threads()),
              settings,
              List.of(
                  new MetadataService.Directory(
                      disk,
                      0,
                      create -> {
                        MemoryStore _ = memory.open(0);
                        return store;
                      })));
      service.start();
    }

    MetadataTarget target() {
      return service.targets().getFirst();
    }

    /// Its process is gone.
    void kill() {
      over = true;
      network.cut();
      store.kill();
    }

    /// It is not heard of any more.
    void cut() {
      network.cut();
    }

    void stop() {
      if (!over) {
        over = true;
        service.stop();
      }
    }
  }

  Server start(String name) throws Exception {
    Server server = new Server(name);
    servers.add(server);
    return server;
  }

  /// A pair in which both are Good.
  Server[] startPair() throws Exception {
    Server a = start("a");
    Server b = start("b");
    management.decide(ScriptedManagement.A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    awaitPair(a);
    return new Server[] {a, b};
  }

  void awaitPair(Server primary) {
    until(() ->
        primary.target().member().view().role() == org.skep.mirror.GroupView.Role.PRIMARY_OF_PAIR);
  }

  void until(BooleanSupplier condition) {
    long end = ports.clock().nanoTime() + 60 * SECOND;
    while (!condition.getAsBoolean()) {
      assertThat(ports.clock().nanoTime() - end).as("time is over").isNegative();
      try {
        ports.clock().sleepNanos(5_000_000);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  // --- the client --------------------------------------------------------------------------------

  long nextSequence() {
    return sequence.incrementAndGet();
  }

  <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      Operation<Q, R> operation, Q request, long number) {
    return call(SHARD, operation, request, number);
  }

  <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      int shard, Operation<Q, R> operation, Q request, long number) {
    maps.offer(management.map());
    Thread follower = follow();
    try {
      return router.callShard(shard, operation, request, number, 0);
    } finally {
      follower.interrupt();
    }
  }

  /// The map goes on while a request waits.
  private Thread follow() {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              maps.offer(management.map());
              ports.clock().sleepNanos(5_000_000);
            }
          } catch (InterruptedException e) {
            // The request has its answer.
          }
        });
  }

  /// Asks the process that has a shard now, once, as a process of that kind.
  <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
      NodeKind kind, int shard, Operation<Q, R> operation, Q request) throws IOException {
    BuddyGroup group = management.map().group(NodeKind.METADATA, shard);
    Node node = management.map().nodeOfTarget(NodeKind.METADATA, group.primary());
    try (RpcClient asking =
        new RpcClient(
            ports,
            RpcClient.Settings.of(kind, 1000 + nextSequence(), null, () -> "", version -> {}))) {
      RequestHeader header = new RequestHeader(shard, group.epoch(), 0, nextSequence(), 0);
      return asking.call(Peer.of(node), operation, request, header, null, null, 30 * SECOND);
    }
  }

  /// A directory of the root, whose inode is in that shard.
  Answer<Entry> makeDirectory(String name, int shard) {
    MakeDirectoryRequest request =
        MakeDirectoryRequest.newBuilder()
            .setParent(ROOT)
            .setName(ByteString.copyFromUtf8(name))
            .setMode(0755)
            .setShard(shard)
            .setCaller(Caller.getDefaultInstance())
            .build();
    return call(Operations.MAKE_DIRECTORY, request, nextSequence());
  }

  /// Something that a client does meanwhile.
  static final class Meanwhile<R> {
    private final AtomicReference<Answer<R>> answer = new AtomicReference<>();
    private final Thread thread;

    private Meanwhile(Supplier<Answer<R>> work) {
      thread = Thread.ofPlatform().start(() -> answer.set(work.get()));
    }

    boolean isOver() {
      return answer.get() != null;
    }

    /// @throws AssertionError if it was refused
    R reply() throws InterruptedException {
      thread.join();
      return ShardPair.reply(answer.get());
    }
  }

  static <R extends MessageLite> Meanwhile<R> meanwhile(Supplier<Answer<R>> work) {
    return new Meanwhile<>(work);
  }

  <Q extends MessageLite, R extends MessageLite> R done(Operation<Q, R> operation, Q request) {
    return reply(call(operation, request, nextSequence()));
  }

  static <R> R reply(Answer<R> answer) {
    return switch (answer) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R>(Failure failure) -> throw new AssertionError("refused: " + failure);
    };
  }

  static MakeNodeRequest file(String name) {
    return MakeNodeRequest.newBuilder()
        .setParent(ROOT)
        .setName(ByteString.copyFromUtf8(name))
        .setMode(0100644)
        .setCaller(Caller.getDefaultInstance())
        .build();
  }

  long make(String name) {
    return done(Operations.MAKE_NODE, file(name)).getInode();
  }

  /// 0: there is none.
  long find(String name) {
    Answer<Entry> answer =
        call(
            Operations.LOOKUP,
            LookupRequest.newBuilder()
                .setParent(ROOT)
                .setName(ByteString.copyFromUtf8(name))
                .build(),
            0);
    return answer instanceof Answer.Done<Entry> done ? done.reply().getInode() : 0;
  }

  ShardResyncStatsReply stats() {
    return reply(
        call(Operations.SHARD_RESYNC_STATS, ShardResyncStatsRequest.getDefaultInstance(), 0));
  }

  // --- contents ----------------------------------------------------------------------------------

  /// What both members share, as text.
  static Map<String, String> content(KeyValueStore store) {
    Map<String, String> content = new TreeMap<>();
    HexFormat hex = HexFormat.of();
    try {
      for (Table table : ContentReader.tables()) {
        try (Cursor cursor = store.scan(table, Keys.first(), Keys.end())) {
          while (cursor.next()) {
            content.put(table + " " + hex.formatHex(cursor.key()), hex.formatHex(cursor.value()));
          }
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return content;
  }

  void assertEqual() {
    assertThat(content(stores.get("b"))).isEqualTo(content(stores.get("a")));
  }

  @Override
  public void close() {
    servers.forEach(Server::stop);
    rpc.close();
    management.stop();
  }
}
