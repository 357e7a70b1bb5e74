package org.skep.simulation.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.client.FileSystem;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.metadata.MetadataService;
import org.skep.metadata.MetadataSettings;
import org.skep.metadata.replication.ContentReader;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.simulation.log.EventLog;
import org.skep.simulation.world.Scheduler;
import org.skep.simulation.world.SimulatedProcess;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.Caller;
import org.skep.wire.message.Kind;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.NewGroup;
import org.skep.wire.message.RenameRequest;

/// Three metadata servers with two targets each: every server leads one shard and has the copy of
/// another server's, in one process. Any of them may go.
class RingOfShardsTest {
  private static final int SERVERS = 3;
  private static final long MINUTES = 600_000_000_000L;
  private static final long ANSWER_NANOS = 10_000_000_000L;
  private static final Caller ROOT = Caller.newBuilder().setPrivileged(true).build();

  private Scheduler scheduler;
  private SimulatedCluster cluster;
  private final List<Host> hosts = new ArrayList<>();

  /// A server with the targets n, which leads the shard n, and 10 + n.
  private static final class Host extends SimulatedServer {
    private final int number;
    private final Map<Integer, MemoryStore> stores = new TreeMap<>();
    private final Map<Integer, MemoryDisk> disks = new TreeMap<>();

    Host(SimulatedCluster cluster, int number) {
      super(cluster, NodeKind.METADATA, "meta" + number, 1.0);
      this.number = number;
      for (int target : List.of(number, 10 + number)) {
        stores.put(target, new MemoryStore());
        disks.put(target, new MemoryDisk("target" + target));
      }
    }

    @Override
    void serve(SimulatedProcess in) throws Exception {
      List<MetadataService.Directory> directories = new ArrayList<>();
      stores.forEach((target, store) -> {
        PacedStore paced = new PacedStore(store.open(0), in, cluster().pace(host()));
        directories.add(new MetadataService.Directory(disks.get(target), target, create -> paced));
      });
      MetadataSettings settings =
          new MetadataSettings(
              number,
              "",
              List.of(new Endpoint.Tcp(host(), 8005)),
              List.of(cluster().managementEndpoint()),
              cluster().secret(),
              true,
              cluster().pattern(),
              ServerLimits.DEFAULT,
              "",
              0);
      new MetadataService(in.ports(), settings, directories).start();
    }

    @Override
    void powerLost(RandomGenerator random) {
      disks.values().forEach(disk -> disk.crash(random));
      stores
          .values()
          .forEach(store -> {
            MemoryStore _ = store.open(random.nextInt(store.unsyncedCount() + 1));
          });
    }
  }

  @BeforeEach
  void start() {
    scheduler = new Scheduler(5);
    EventLog log = new EventLog(scheduler, null);
    EventLog.setCurrent(log);
    cluster = new SimulatedCluster(scheduler, log, new Shape(0, 1, 1, false), Flaw.NONE);
    cluster.bootServers();
    for (int i = 1; i <= SERVERS; i++) {
      Host host = new Host(cluster, i);
      hosts.add(host);
      host.boot();
      until(host::isServing, host.host());
    }
    cluster.awaitServing();
    cluster.client(0).boot();
    until(cluster.client(0)::isConnected, "the client");
    run(this::form);
    awaitWhole();
  }

  @AfterEach
  void stop() {
    hosts.forEach(SimulatedServer::kill);
    cluster.killAll();
    EventLog.setCurrent(null);
  }

  private void until(BooleanSupplier condition, String what) {
    scheduler.runUntil(condition, MINUTES, what);
  }

  /// Something that is done on the client's thread.
  private interface Work {
    void run() throws Exception;
  }

  private void run(Work work) {
    AtomicBoolean done = new AtomicBoolean();
    List<Throwable> failures = new ArrayList<>();
    Thread _ =
        cluster
            .client(0)
            .process()
            .start(
                "test",
                () -> {
                  try {
                    work.run();
                  } catch (Exception | AssertionError e) {
                    failures.add(e);
                  }
                  done.set(true);
                });
    until(done::get, "the client's work");
    if (!failures.isEmpty()) {
      throw new AssertionError(failures.getFirst());
    }
  }

  /// Shard 1 with target 12, 2 with 13, 3 with 11.
  private void form() throws Exception {
    AddMirrorGroupsRequest.Builder request =
        AddMirrorGroupsRequest.newBuilder().setKind(Kind.METADATA);
    for (int i = 1; i <= SERVERS; i++) {
      request.addGroups(NewGroup.newBuilder().setPrimary(i).setSecondary(10 + i % SERVERS + 1));
    }
    Answer<?> answer =
        cluster
            .client(0)
            .client()
            .management()
            .call(Operations.ADD_MIRROR_GROUPS, request.build(), ANSWER_NANOS, ANSWER_NANOS);
    assertThat(answer).isInstanceOf(Answer.Done.class);
  }

  private ClusterMap map() {
    return cluster.client(0).client().maps().current();
  }

  private void awaitWhole() {
    until(
        () ->
            map().groupsOf(NodeKind.METADATA).size() == SERVERS
                && map().groupsOf(NodeKind.METADATA).stream().allMatch(BuddyGroup::isPair)
                && map().targetsOf(NodeKind.METADATA).stream()
                    .allMatch(target ->
                        target.consistency() == Consistency.GOOD
                            && target.reachability() == Reachability.ONLINE),
        "whole groups");
  }

  private FileSystem files() {
    return cluster.client(0).files();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private long directory(String name, int shard) throws Exception {
    MakeDirectoryRequest request =
        MakeDirectoryRequest.newBuilder()
            .setParent(files().root())
            .setName(bytes(name))
            .setMode(0755)
            .setShard(shard)
            .setCaller(ROOT)
            .build();
    long inode = files().makeDirectory(request).getInode();
    assertThat(Ids.shardOf(inode)).isEqualTo(shard);
    return inode;
  }

  private void file(long directory, String name) throws Exception {
    Object _ =
        files()
            .makeNode(
                MakeNodeRequest.newBuilder()
                    .setParent(directory)
                    .setName(bytes(name))
                    .setMode(0100644)
                    .setCaller(ROOT)
                    .build());
  }

  private Map<ByteBuffer, ByteBuffer> content(int target, Table table) {
    Map<ByteBuffer, ByteBuffer> rows = new TreeMap<>();
    try {
      new Records(hosts.get((target - 1) % 10).stores.get(target))
          .scan(
              table,
              Keys.first(),
              Keys.end(),
              (key, value) -> {
                rows.put(ByteBuffer.wrap(key), ByteBuffer.wrap(value));
                return true;
              });
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return rows;
  }

  private boolean areEqual() {
    return map().groupsOf(NodeKind.METADATA).stream()
        .allMatch(group ->
            ContentReader.tables().stream()
                .filter(table -> table != Table.META)
                .allMatch(table ->
                    content(group.primary(), table).equals(content(group.secondary(), table))));
  }

  @Test
  void changesOverAllShardsGoOnWhicheverServerIsKilled() {
    long[] directories = new long[SERVERS + 1];
    run(() -> {
      for (int shard = 1; shard <= SERVERS; shard++) {
        directories[shard] = directory("d" + shard, shard);
      }
    });
    for (int round = 0; round < SERVERS; round++) {
      int number = round;
      Host dying = hosts.get(round);
      dying.kill();
      run(() -> {
        for (int shard = 1; shard <= SERVERS; shard++) {
          String name = "f" + number + "-" + shard;
          file(directories[shard], name);
          // Over two shards, in one of which this server was the primary.
          int to = shard % SERVERS + 1;
          files()
              .rename(
                  RenameRequest.newBuilder()
                      .setOldParent(directories[shard])
                      .setOldName(bytes(name))
                      .setNewParent(directories[to])
                      .setNewName(bytes(name))
                      .build());
        }
      });
      dying.boot();
      until(dying::isServing, dying.host());
      awaitWhole();
    }
    run(() -> {
      for (int round = 0; round < SERVERS; round++) {
        for (int shard = 1; shard <= SERVERS; shard++) {
          long to = directories[shard % SERVERS + 1];
          Object _ = files().lookup(to, bytes("f" + round + "-" + shard));
        }
      }
    });
    until(this::areEqual, "equal copies");
  }

  @Test
  void allServersMayBeKilledAtOnce() {
    run(() -> {
      long directory = directory("d", 2);
      file(directory, "f");
    });
    hosts.forEach(SimulatedServer::kill);
    hosts.forEach(SimulatedServer::boot);
    hosts.forEach(host -> until(host::isServing, host.host()));
    run(() -> {
      long directory = files().lookup(files().root(), bytes("d")).getInode();
      Object _ = files().lookup(directory, bytes("f"));
      file(directory, "g");
    });
    awaitWhole();
    until(this::areEqual, "equal copies");
    assertThat(map().groupsOf(NodeKind.METADATA).stream().mapToLong(BuddyGroup::losses).sum())
        .isZero();
  }
}
