package org.skep.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.route.Router;
import org.skep.runtime.rpc.RpcClient;
import org.skep.storage.sweep.Sweep;
import org.skep.wire.Answer;
import org.skep.wire.Operations;
import org.skep.wire.Secret;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// The storage server on real ports: sockets, threads and directories of this host.
class StorageServerTest {
  private static final Secret SECRET = Secret.of("a secret of the test".getBytes(UTF_8));

  @TempDir private Path directory;
  private final Ports ports = RealPorts.create();
  private final MapHolder maps = new MapHolder(ports.clock());
  private FakeCluster cluster;
  private RpcClient client;
  private Router router;

  @BeforeEach
  void startCluster() throws IOException {
    cluster =
        new FakeCluster(
            ports,
            new Endpoint.Unix(directory.resolve("mgmtd").toString()),
            new Endpoint.Unix(directory.resolve("meta").toString()),
            SECRET);
    cluster.start();
    client =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.CLIENT, 99, SECRET, () -> FakeCluster.CLUSTER_ID, version -> {}));
    router = new Router(ports, client, maps, new Router.Settings(10_000_000_000L, 10_000_000_000L));
  }

  @AfterEach
  void stopCluster() {
    client.close();
    cluster.stop();
  }

  private StorageSettings settings(boolean init) {
    return StorageSettings.of(
        List.of(new Endpoint.Tcp("127.0.0.1", 0)), cluster.endpoints(), SECRET, init);
  }

  private StorageServer server(boolean init, String... names) throws IOException {
    List<StorageServer.Directory> directories =
        List.of(names).stream()
            .map(name -> new StorageServer.Directory(directory.resolve(name), 0))
            .toList();
    return new StorageServer(ports, settings(init), directories);
  }

  private StorageServer started(boolean init, String... names) throws Exception {
    StorageServer server = server(init, names);
    server.start();
    maps.offer(cluster.map());
    return server;
  }

  private static ChunkId chunk(int counter) {
    return ChunkId.newBuilder().setInode(Ids.inode(1, counter)).build();
  }

  private ChunkState write(int target, int counter, String text) {
    // Before its chunk, as always: a sweep may run.
    cluster.livingInodes.add(Ids.inode(1, counter));
    WriteChunkRequest request = WriteChunkRequest.newBuilder().setChunk(chunk(counter)).build();
    return done(
        router.callStorage(
            false,
            target,
            Operations.WRITE_CHUNK,
            request,
            ByteBuffer.wrap(text.getBytes(UTF_8)),
            null));
  }

  private String read(int target, int counter) {
    ByteBuffer into = ByteBuffer.allocateDirect(100);
    ReadChunkRequest request =
        ReadChunkRequest.newBuilder().setChunk(chunk(counter)).setLength(100).build();
    ReadChunkReply reply =
        done(router.callStorage(false, target, Operations.READ_CHUNK, request, null, into));
    assertThat(reply.getChunkLength()).isEqualTo(into.position());
    return UTF_8.decode(into.flip()).toString();
  }

  private static <R> R done(Answer<R> answer) {
    return switch (answer) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R> refused -> throw new AssertionError(refused.failure().toString());
    };
  }

  private void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = ports.clock().nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(ports.clock().nanoTime()).isLessThan(deadline);
      ports.clock().sleepNanos(5_000_000L);
    }
  }

  @Test
  void dataIsThereAfterARestart() throws Exception {
    StorageServer first = started(true, "a", "b");
    ChunkState state = write(101, 1, "in a");
    write(102, 1, "in b");
    assertThat(read(101, 1)).isEqualTo("in a");
    SyncChunkRequest sync =
        SyncChunkRequest.newBuilder()
            .setChunk(chunk(1))
            .setDurabilitySeen(state.getDurability())
            .build();
    done(router.callStorage(false, 101, Operations.SYNC_CHUNK, sync, null, null));
    await(() -> cluster.heartbeats.stream().anyMatch(StorageServerTest::tellsAll));
    first.stop();
    assertThat(cluster.leaves).hasSize(1);
    assertThat(directory.resolve("a/chunks/00/00/0001000000000001-0")).hasContent("in a");

    StorageServer second = started(false, "b", "a");
    assertThat(second.service().targets().stream().map(target -> target.id()))
        .containsExactly(101, 102);
    assertThat(read(101, 1)).isEqualTo("in a");
    assertThat(read(102, 1)).isEqualTo("in b");
    second.stop();
  }

  private static boolean tellsAll(HeartbeatRequest heartbeat) {
    return heartbeat.getReportsList().stream()
        .anyMatch(report ->
            report.getTargetId() == 101
                && report.getWrittenBytes() == 4
                && report.getReadBytes() == 4
                && report.getOperations() == 3
                && report.getSpace().getTotalBytes() > 0);
  }

  @Test
  void chunksWithoutInodeAreSwept() throws Exception {
    StorageServer server = started(true, "a");
    write(101, 1, "lives");
    write(101, 2, "is gone");
    cluster.livingInodes.remove(Ids.inode(1, 2));
    assertThat(server.service().sweepAll()).containsEntry(101, new Sweep.Result(2, 1, 0));
    assertThat(read(101, 1)).isEqualTo("lives");
    assertThat(read(101, 2)).isEmpty();
    server.stop();
  }

  @Test
  void aTargetWhoseIdentityVanishesServesNoMore() throws Exception {
    StorageServer server = started(true, "a", "b");
    write(101, 1, "in a");
    Files.delete(directory.resolve("a/skep-target"));
    await(() -> server.service().targets().getFirst().fault() != null);
    cluster.heartbeats.clear();
    await(() -> !cluster.heartbeats.isEmpty());
    assertThat(cluster.heartbeats.element().getReportsList().stream().map(r -> r.getTargetId()))
        .containsExactly(102);
    assertThat(server.service().targets().getFirst().fault()).contains("not a Skep target");
    write(102, 1, "in b");
    server.stop();
  }

  @Test
  void wrongDirectoriesAreRefusedInOneLine() throws Exception {
    assertThatThrownBy(() -> server(false, "missing").start())
        .hasMessageEndingWith("/missing: the directory is missing; use --init to create it");
    Files.createDirectories(directory.resolve("empty"));
    assertThatThrownBy(() -> server(false, "empty").start())
        .hasMessageContaining("/empty: the directory is empty; is its file system mounted?");
    StorageServer server = started(true, "a");
    assertThatThrownBy(() -> server(false, "a").start())
        .hasMessageEndingWith("/a is in use by another process");
    server.stop();
    List<StorageServer.Directory> wrongId =
        List.of(new StorageServer.Directory(directory.resolve("a"), 7));
    assertThatThrownBy(() -> new StorageServer(ports, settings(false), wrongId).start())
        .hasMessageEndingWith("/a: it is target 101, not 7 as configured");
    started(false, "a").stop();
  }

  @Test
  void aStopEndsTheWaitForManagement() throws Exception {
    cluster.stop();
    StorageServer server = server(true, "a");
    Thread starting =
        Thread.ofPlatform()
            .start(() -> {
              assertThatThrownBy(server::start).isInstanceOf(InterruptedException.class);
            });
    await(() -> Files.isDirectory(directory.resolve("a")));
    server.stop();
    starting.join();
    assertThat(directory.resolve("a/skep-target")).doesNotExist();
  }
}
