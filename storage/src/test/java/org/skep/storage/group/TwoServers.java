package org.skep.storage.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.storage.group.ScriptedManagement.GROUP;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView.Role;
import org.skep.mirror.range.RangeReplica;
import org.skep.runtime.membership.TargetDirectories;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RequestHeader;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.runtime.twin.CuttableNetwork;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.StorageService;
import org.skep.storage.StorageSettings;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.FailureMessage.Kind;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// Two storage servers as the members of one group, on real sockets and disks in memory. JUnit
/// makes new ones for each test.
abstract class TwoServers {
  static final long SECOND = 1_000_000_000L;
  static final ChunkId CHUNK = ChunkId.newBuilder().setInode(Ids.inode(1, 5)).build();
  static final String FILE = "mirrored/00/00/0001000000000005-0";

  @TempDir Path directory;
  final Ports ports = RealPorts.create();
  final List<RpcClient> clients = new ArrayList<>();
  ScriptedManagement management;
  Server a;
  Server b;
  RpcClient client;

  final class Server {
    final MemoryDisk disk;
    final CuttableNetwork network = new CuttableNetwork(ports.network());
    final StorageService service;

    Server(String name, MemoryDisk disk) throws Exception {
      this.disk = disk;
      Endpoint endpoint = new Endpoint.Unix(directory.resolve(name).toString());
      StorageSettings settings =
          new StorageSettings(
              0,
              name,
              List.of(endpoint),
              List.of(managementEndpoint()),
              null,
              true,
              0,
              64,
              0,
              1,
              ServerLimits.DEFAULT,
              "",
              0);
      service =
          new StorageService(
              new Ports(ports.clock(), ports.chance(), network, ports.threads()),
              settings,
              List.of(new TargetDirectories.Directory(disk, 0)));
      service.start();
    }

    GroupMember member() {
      return replica().member();
    }

    RangeReplica replica() {
      return service.targets().getFirst().membership().replica();
    }

    void kill() {
      network.cut();
    }

    byte[] content() throws IOException {
      return disk.exists(FILE) ? disk.content(FILE) : new byte[0];
    }
  }

  Endpoint managementEndpoint() {
    return new Endpoint.Unix(directory.resolve("management").toString());
  }

  @BeforeEach
  void start() throws Exception {
    management = new ScriptedManagement(ports, managementEndpoint());
    management.start();
    a = new Server("a", new MemoryDisk("a"));
    b = new Server("b", new MemoryDisk("b"));
    client = client();
    awaitRoles(Role.PRIMARY_OF_PAIR, Role.SECONDARY);
  }

  RpcClient client() {
    RpcClient made =
        new RpcClient(
            ports,
            RpcClient.Settings.of(
                NodeKind.CLIENT,
                90 + clients.size(),
                null,
                () -> ScriptedManagement.CLUSTER_ID,
                version -> {}));
    clients.add(made);
    return made;
  }

  @AfterEach
  void stop() {
    clients.forEach(RpcClient::close);
    a.service.stop();
    b.service.stop();
    management.stop();
  }

  void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = ports.clock().nanoTime() + 20 * SECOND;
    while (!condition.getAsBoolean()) {
      assertThat(ports.clock().nanoTime()).as(what).isLessThan(deadline);
      ports.clock().sleepNanos(2_000_000L);
    }
  }

  void awaitRoles(Role ofA, Role ofB) throws InterruptedException {
    await("role of a", () -> a.member().view().role() == ofA);
    await("role of b", () -> b.member().view().role() == ofB);
  }

  long epoch() {
    BuddyGroup group = management.map().group(NodeKind.STORAGE, GROUP);
    return group == null ? 0 : group.epoch();
  }

  <Q extends com.google.protobuf.MessageLite, R extends com.google.protobuf.MessageLite>
      Answer<R> ask(
          RpcClient from,
          int target,
          int flags,
          long epoch,
          Operation<Q, R> operation,
          Q request,
          ByteBuffer bulk,
          ByteBuffer into)
          throws IOException {
    ClusterMap map = management.map();
    Target at = map.target(NodeKind.STORAGE, target);
    Node node = map.node(NodeKind.STORAGE, at.nodeId());
    RequestHeader header = new RequestHeader(GROUP, epoch, FrameHeader.FLAG_GROUP | flags, 0, 0);
    return from.call(Peer.of(node), operation, request, header, bulk, into, 30 * SECOND);
  }

  Answer<ChunkState> write(RpcClient from, int target, long offset, byte[] data)
      throws IOException {
    return write(from, target, epoch(), offset, data);
  }

  Answer<ChunkState> write(RpcClient from, int target, long epoch, long offset, byte[] data)
      throws IOException {
    ByteBuffer bulk = ByteBuffer.allocateDirect(data.length).put(data).flip();
    return ask(
        from,
        target,
        0,
        epoch,
        Operations.WRITE_CHUNK,
        WriteChunkRequest.newBuilder().setChunk(CHUNK).setOffset(offset).build(),
        bulk,
        null);
  }

  Answer<ReadChunkReply> read(int target, int flags) throws IOException {
    return ask(
        client,
        target,
        flags,
        epoch(),
        Operations.READ_CHUNK,
        ReadChunkRequest.newBuilder().setChunk(CHUNK).setLength(1 << 20).build(),
        null,
        ByteBuffer.allocateDirect(1 << 20));
  }

  static <R> R done(Answer<R> answer) {
    return switch (answer) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R>(Failure failure) -> throw new AssertionError(failure.toString());
    };
  }

  static Kind refusal(Answer<?> answer) {
    return switch (answer) {
      case Answer.Done<?> done -> throw new AssertionError(done.toString());
      case Answer.Refused<?>(Failure failure) -> failure.kind();
    };
  }

  static byte[] random(long seed, int length) {
    byte[] data = new byte[length];
    new SplittableRandom(seed).nextBytes(data);
    return data;
  }

  AtomicReference<Answer<ChunkState>> inBackground(int target, byte[] data) {
    AtomicReference<Answer<ChunkState>> answer = new AtomicReference<>();
    long epoch = epoch();
    Thread _ =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                answer.set(write(client, target, epoch, 0, data));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    return answer;
  }
}
