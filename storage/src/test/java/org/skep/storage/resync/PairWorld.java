package org.skep.storage.resync;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.runtime.membership.TargetDirectories;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.StorageService;
import org.skep.storage.StorageSettings;
import org.skep.wire.Answer;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.PunchChunkRequest;
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ResyncStatsRequest;
import org.skep.wire.message.StartResyncReply;
import org.skep.wire.message.StartResyncRequest;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// A group of two storage services on disks in memory, and a client of the group.
final class PairWorld implements AutoCloseable {
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  final Ports ports = RealPorts.create();
  final PairCluster cluster;
  final MemoryDisk[] disks = {new MemoryDisk("first"), new MemoryDisk("second")};
  private final StorageService[] services = new StorageService[2];
  private final Path directory;
  private final long bytesPerSecond;
  private final RpcClient client;
  private final MapHolder maps;
  private final Router router;

  PairWorld(Path directory, long bytesPerSecond) throws Exception {
    this.directory = directory;
    this.bytesPerSecond = bytesPerSecond;
    maps = new MapHolder(ports.clock());
    cluster =
        new PairCluster(ports, new Endpoint.Unix(directory.resolve("mgmtd").toString()), maps);
    cluster.start();
    client =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.CLIENT, 99, null, () -> PairCluster.CLUSTER_ID, version -> {}));
    router = new Router(ports, client, maps, new Router.Settings(PATIENCE_NANOS, 10_000_000_000L));
    start(0);
    start(1);
  }

  void start(int index) throws Exception {
    StorageSettings settings =
        StorageSettings.of(
                List.of(new Endpoint.Unix(directory.resolve("storage" + index).toString())),
                cluster.endpoints(),
                null,
                true)
            .withResyncBytesPerSecond(bytesPerSecond);
    TargetDirectories.Directory target =
        new TargetDirectories.Directory(disks[index], PairCluster.FIRST + index);
    services[index] = new StorageService(ports, settings, List.of(target));
    services[index].start();
  }

  void stop(int index) {
    services[index].stop();
  }

  /// The second one goes away, and the first one serves alone.
  void secondLeaves() {
    stop(1);
    cluster.set(PairCluster.SECOND, Reachability.OFFLINE, Consistency.NEEDS_RESYNC);
  }

  /// The second one comes back, which the map says when it registers.
  void secondReturns() throws Exception {
    start(1);
  }

  void awaitGood() throws InterruptedException {
    await(() ->
        cluster.map().target(NodeKind.STORAGE, PairCluster.FIRST).consistency() == Consistency.GOOD
            && cluster.map().target(NodeKind.STORAGE, PairCluster.SECOND).consistency()
                == Consistency.GOOD);
  }

  void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = ports.clock().nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      assertThat(ports.clock().nanoTime()).as("patience").isLessThan(deadline);
      ports.clock().sleepNanos(2_000_000L);
    }
  }

  // --- as a client ------------------------------------------------------------------------------

  static ChunkId chunk(int counter) {
    return ChunkId.newBuilder().setInode(Ids.inode(1, counter)).build();
  }

  <Q extends MessageLite, R extends MessageLite> R ask(
      Operation<Q, R> operation, Q request, ByteBuffer bulk) {
    return switch (answer(operation, request, bulk)) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R> refused -> throw new AssertionError(refused.failure().toString());
    };
  }

  <Q extends MessageLite, R extends MessageLite> Answer<R> answer(
      Operation<Q, R> operation, Q request, ByteBuffer bulk) {
    return router.callStorage(true, PairCluster.GROUP, operation, request, bulk, null);
  }

  void write(int counter, long offset, byte[] bytes) {
    var request = WriteChunkRequest.newBuilder().setChunk(chunk(counter)).setOffset(offset);
    ask(Operations.WRITE_CHUNK, request.build(), ByteBuffer.wrap(bytes));
  }

  void truncate(int counter, long length) {
    var request = TruncateChunkRequest.newBuilder().setChunk(chunk(counter)).setLength(length);
    ask(Operations.TRUNCATE_CHUNK, request.build(), null);
  }

  void punch(int counter, long offset, long length) {
    var request =
        PunchChunkRequest.newBuilder().setChunk(chunk(counter)).setOffset(offset).setLength(length);
    ask(Operations.PUNCH_CHUNK, request.build(), null);
  }

  void allocate(int counter, long offset, long length) {
    var request =
        AllocateChunkRequest.newBuilder()
            .setChunk(chunk(counter))
            .setOffset(offset)
            .setLength(length);
    ask(Operations.ALLOCATE_CHUNK, request.build(), null);
  }

  void remove(int counter) {
    ask(
        Operations.REMOVE_CHUNKS,
        RemoveChunksRequest.newBuilder().addChunks(chunk(counter)).build(),
        null);
  }

  ResyncStatsReply stats() {
    return ask(Operations.RESYNC_STATS, ResyncStatsRequest.getDefaultInstance(), null);
  }

  Answer<StartResyncReply> startResync(StartResyncRequest request) {
    return answer(Operations.START_RESYNC, request, null);
  }

  // --- what is on the disks
  // -----------------------------------------------------------------------

  /// Both members have the same chunk files, with the same bytes.
  void assertEqual() throws IOException {
    SortedMap<String, byte[]> first = content(disks[0], "mirrored");
    SortedMap<String, byte[]> second = content(disks[1], "mirrored");
    assertThat(second.keySet()).isEqualTo(first.keySet());
    for (String path : first.keySet()) {
      assertThat(java.util.Arrays.mismatch(first.get(path), second.get(path)))
          .as("first different byte of %s", path)
          .isEqualTo(-1);
    }
  }

  static SortedMap<String, byte[]> content(MemoryDisk disk, String path) throws IOException {
    SortedMap<String, byte[]> found = new TreeMap<>();
    for (String name : disk.list(path)) {
      String child = path + "/" + name;
      if (child.indexOf('-') > 0) {
        found.put(child, disk.content(child));
      } else {
        found.putAll(content(disk, child));
      }
    }
    return found;
  }

  long allocatedBytes(int index, int counter) throws IOException {
    String name = String.format(java.util.Locale.ROOT, "%016x-0", Ids.inode(1, counter));
    try (Disk.File file = disks[index].open("mirrored/00/00/" + name, false)) {
      return file.allocatedBytes();
    }
  }

  @Override
  public void close() {
    for (StorageService service : services) {
      service.stop();
    }
    client.close();
    cluster.stop();
  }
}
