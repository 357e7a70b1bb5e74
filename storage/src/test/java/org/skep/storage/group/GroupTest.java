package org.skep.storage.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.storage.group.ScriptedManagement.A;
import static org.skep.storage.group.ScriptedManagement.B;
import static org.skep.storage.group.ScriptedManagement.GROUP;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView.Role;
import org.skep.mirror.range.Forwarding;
import org.skep.mirror.range.RangeReplica;
import org.skep.runtime.membership.TargetDirectories;
import org.skep.runtime.port.DiskException;
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
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.WriteChunkRequest;

/// Two storage servers as the members of one group, on real sockets and disks in memory.
@Timeout(60)
class GroupTest {
  private static final long SECOND = 1_000_000_000L;
  private static final ChunkId CHUNK = ChunkId.newBuilder().setInode(Ids.inode(1, 5)).build();
  private static final String FILE = "mirrored/00/00/0001000000000005-0";

  @TempDir private Path directory;
  private final Ports ports = RealPorts.create();
  private final List<RpcClient> clients = new ArrayList<>();
  private ScriptedManagement management;
  private Server a;
  private Server b;
  private RpcClient client;

  private final class Server {
    private final MemoryDisk disk;
    private final CuttableNetwork network = new CuttableNetwork(ports.network());
    private final StorageService service;

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

  private Endpoint managementEndpoint() {
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

  private RpcClient client() {
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

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = ports.clock().nanoTime() + 20 * SECOND;
    while (!condition.getAsBoolean()) {
      assertThat(ports.clock().nanoTime()).as(what).isLessThan(deadline);
      ports.clock().sleepNanos(2_000_000L);
    }
  }

  private void awaitRoles(Role ofA, Role ofB) throws InterruptedException {
    await("role of a", () -> a.member().view().role() == ofA);
    await("role of b", () -> b.member().view().role() == ofB);
  }

  private long epoch() {
    BuddyGroup group = management.map().group(NodeKind.STORAGE, GROUP);
    return group == null ? 0 : group.epoch();
  }

  private <Q extends com.google.protobuf.MessageLite, R extends com.google.protobuf.MessageLite>
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

  private Answer<ChunkState> write(RpcClient from, int target, long offset, byte[] data)
      throws IOException {
    return write(from, target, epoch(), offset, data);
  }

  private Answer<ChunkState> write(RpcClient from, int target, long epoch, long offset, byte[] data)
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

  private Answer<ReadChunkReply> read(int target, int flags) throws IOException {
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

  private static <R> R done(Answer<R> answer) {
    return switch (answer) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R>(Failure failure) -> throw new AssertionError(failure.toString());
    };
  }

  private static Kind refusal(Answer<?> answer) {
    return switch (answer) {
      case Answer.Done<?> done -> throw new AssertionError(done.toString());
      case Answer.Refused<?>(Failure failure) -> failure.kind();
    };
  }

  private static byte[] random(long seed, int length) {
    byte[] data = new byte[length];
    new SplittableRandom(seed).nextBytes(data);
    return data;
  }

  private AtomicReference<Answer<ChunkState>> inBackground(int target, byte[] data) {
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

  @Test
  void what_is_acknowledged_is_on_both() throws Exception {
    byte[] data = random(1, 1 << 20);
    ChunkState state = done(write(client, A, 0, data));
    assertThat(state.getLength()).isEqualTo(data.length);
    assertThat(state.getDurability()).isEqualTo(1);
    assertThat(a.content()).isEqualTo(data);
    assertThat(b.content()).isEqualTo(data);
    assertThat(a.replica().logs().activity().active()).isEmpty();
    byte[] more = random(2, 1000);
    done(write(client, A, 5000, more));
    System.arraycopy(more, 0, data, 5000, 1000);
    assertThat(b.content()).isEqualTo(data);
    done(
        ask(
            client,
            A,
            0,
            epoch(),
            Operations.TRUNCATE_CHUNK,
            TruncateChunkRequest.newBuilder().setChunk(CHUNK).setLength(4000).build(),
            null,
            null));
    assertThat(a.content()).isEqualTo(Arrays.copyOf(data, 4000));
    assertThat(b.content()).isEqualTo(Arrays.copyOf(data, 4000));
    SyncChunkRequest sync =
        SyncChunkRequest.newBuilder().setChunk(CHUNK).setDurabilitySeen(1).build();
    done(ask(client, A, 0, epoch(), Operations.SYNC_CHUNK, sync, null, null));
    a.disk.crash();
    assertThat(a.disk.content(FILE)).hasSize(4000);
    b.disk.crash();
    assertThat(b.disk.content(FILE)).hasSize(4000);
  }

  @Test
  void a_removal_takes_the_chunk_file_from_both() throws Exception {
    done(write(client, A, 0, random(1, 10)));
    RemoveChunksRequest remove = RemoveChunksRequest.newBuilder().addChunks(CHUNK).build();
    done(ask(client, A, 0, epoch(), Operations.REMOVE_CHUNKS, remove, null, null));
    assertThat(a.disk.exists(FILE)).isFalse();
    assertThat(b.disk.exists(FILE)).isFalse();
  }

  @Test
  void requests_of_another_epoch_or_to_the_wrong_member_are_refused() throws Exception {
    byte[] data = random(1, 100);
    assertThat(refusal(write(client, A, epoch() - 1, 0, data))).isEqualTo(Kind.STALE_EPOCH);
    assertThat(refusal(write(client, A, epoch() + 1, 0, data))).isEqualTo(Kind.RETRY);
    assertThat(refusal(write(client, B, epoch(), 0, data))).isEqualTo(Kind.NOT_SERVED);
    Answer<ChunkState> forged =
        ask(
            client,
            B,
            FrameHeader.FLAG_FORWARDED,
            epoch(),
            Operations.WRITE_CHUNK,
            WriteChunkRequest.newBuilder().setChunk(CHUNK).build(),
            ByteBuffer.wrap(data),
            null);
    assertThat(forged).isInstanceOf(Answer.Refused.class);
    assertThat(a.disk.exists(FILE)).isFalse();
    assertThat(b.disk.exists(FILE)).isFalse();
  }

  @Test
  void without_its_secondary_a_primary_waits_for_a_map_that_says_so() throws Exception {
    byte[] data = random(1, 600_000);
    b.kill();
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, data);
    await(
        "the complaint",
        () ->
            management.reports.stream()
                .anyMatch(report ->
                    report.getTargetId() == A && report.getBuddyUnreachableEpoch() == epoch()));
    assertThat(answer.get()).isNull();
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the answer", () -> answer.get() != null);
    done(answer.get());
    assertThat(a.content()).isEqualTo(data);
    assertThat(a.replica().logs().changes().list(null, 10))
        .singleElement()
        .satisfies(range -> assertThat(range.range().end()).isEqualTo(600_000));
    await("the role of a", () -> a.member().alone());
    done(write(client, A, 700_000, data));
    assertThat(a.replica().logs().changes().rangeCount()).isEqualTo(2);
    await(
        "buddy misses",
        () -> management.reports.stream().anyMatch(report -> report.getBuddyMisses()));
  }

  @Test
  void an_absent_secondary_misses_nothing_until_something_is_changed() throws Exception {
    done(write(client, A, 0, random(1, 100)));
    b.kill();
    management.reachabilityOfB = Reachability.OFFLINE;
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the role of a", () -> a.member().alone());
    assertThat(buddyMisses()).isFalse();
    done(write(client, A, 0, random(2, 100)));
    assertThat(buddyMisses()).isTrue();
  }

  @Test
  void one_that_was_put_out_while_it_was_there_may_miss_something() throws Exception {
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the role of a", () -> a.member().alone());
    assertThat(a.replica().logs().changes().isEmpty()).isTrue();
    assertThat(buddyMisses()).isTrue();
  }

  private boolean buddyMisses() {
    TargetReport.Builder report = TargetReport.newBuilder();
    a.member().report(report);
    return report.getBuddyMisses();
  }

  @Test
  void what_a_secondary_can_not_take_is_complained_of_whatever_else_it_takes() throws Exception {
    b.disk.setHook((call, path) -> {
      if (call.equals("write") && path.equals(FILE)) {
        throw new DiskException(Errno.EIO.number(), "a bad sector");
      }
    });
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, random(1, 100));
    await("the complaint", () -> complaints().contains(epoch()));
    ChunkId other = ChunkId.newBuilder().setInode(Ids.inode(1, 6)).build();
    WriteChunkRequest request = WriteChunkRequest.newBuilder().setChunk(other).build();
    management.reports.clear();
    await(
        "reports",
        () -> {
          try {
            ByteBuffer bulk = ByteBuffer.allocateDirect(10);
            done(ask(client, A, 0, epoch(), Operations.WRITE_CHUNK, request, bulk, null));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return complaints().size() > 3;
        });
    assertThat(complaints()).containsOnly(epoch());
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("the answer", () -> answer.get() != null);
    done(answer.get());
  }

  private List<Long> complaints() {
    return management.reports.stream()
        .filter(report -> report.getTargetId() == A)
        .map(TargetReport::getBuddyUnreachableEpoch)
        .toList();
  }

  @Test
  void a_primary_that_was_replaced_in_the_middle_of_a_write_promises_nothing() throws Exception {
    CountDownLatch hold = new CountDownLatch(1);
    b.disk.setHook((call, path) -> {
      if (call.equals("write") && path.startsWith("mirrored")) {
        try {
          hold.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    });
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, random(1, 300_000));
    await("a has it", () -> a.replica().logs().activity().active().size() == 1);
    management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    await("the answer", () -> answer.get() != null);
    assertThat(refusal(answer.get())).isEqualTo(Kind.STALE_EPOCH);
    hold.countDown();
    awaitRoles(Role.SECONDARY_STALE, Role.PRIMARY_ALONE);
    assertThat(refusal(write(client, A, 0, random(2, 10)))).isEqualTo(Kind.NOT_SERVED);
    await("b serves", () -> b.member().alone());
    done(write(client, B, 0, random(2, 10)));
    assertThat(a.replica().logs().activity().active()).hasSize(1);
  }

  @Test
  void overlapping_writes_of_two_clients_end_equal() throws Exception {
    RpcClient other = client();
    // Disks that are fast or slow by chance would write in another order on each member.
    for (Server server : List.of(a, b)) {
      SplittableRandom pace = new SplittableRandom(server == a ? 1 : 2);
      server.disk.setHook((call, path) -> {
        if (call.equals("write") && path.startsWith("mirrored")) {
          long nanos;
          synchronized (pace) {
            nanos = pace.nextInt(4_000_000);
          }
          ports.clock().parkNanos(pace, nanos);
        }
      });
    }
    List<Thread> threads = new ArrayList<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    for (int i = 0; i < 4; i++) {
      SplittableRandom random = new SplittableRandom(i);
      RpcClient from = i % 2 == 0 ? client : other;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int step = 0; step < 40; step++) {
                    int length = random.nextInt(1, random.nextInt(5) == 0 ? 700_000 : 20_000);
                    done(write(from, A, random.nextInt(100_000), random(step, length)));
                  }
                } catch (Throwable e) {
                  failure.set(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
    assertThat(a.content()).isEqualTo(b.content());
    assertThat(a.content().length).isGreaterThan(100_000);
  }

  @Test
  void a_secondary_answers_reads_of_what_is_confirmed_as_long_as_it_has_a_lease() throws Exception {
    done(write(client, A, 0, random(1, 1000)));
    await(
        "a read at the secondary",
        () -> {
          try {
            return read(B, FrameHeader.FLAG_ANY_MEMBER) instanceof Answer.Done<ReadChunkReply> found
                && found.reply().getChunkLength() == 1000;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    management.leaseMillis = 0;
    await(
        "the end of the lease",
        () -> {
          try {
            return read(B, FrameHeader.FLAG_ANY_MEMBER)
                    instanceof Answer.Refused<ReadChunkReply>(Failure refused)
                && refused.kind() == Kind.NOT_SERVED;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    // The primary has none either, and asks the secondary.
    assertThat(done(read(A, 0)).getChunkLength()).isEqualTo(1000);
    b.kill();
    await(
        "the end of the primary's lease",
        () -> {
          try {
            return read(A, 0) instanceof Answer.Refused<ReadChunkReply>(Failure refused)
                && refused.kind() == Kind.RETRY;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void a_primary_whose_disk_fails_steps_out_and_one_that_is_alone_says_what_is_wrong()
      throws Exception {
    a.disk.setHook((call, path) -> {
      if (call.equals("write") && path.startsWith("mirrored")) {
        throw new DiskException(Errno.EIO.number(), "a bad disk");
      }
    });
    assertThat(refusal(write(client, A, 0, random(1, 10)))).isEqualTo(Kind.RETRY);
    await(
        "the report",
        () ->
            management.reports.stream()
                .anyMatch(report -> report.getTargetId() == A && report.getStepsOut()));
    assertThat(refusal(write(client, A, 0, random(1, 10)))).isEqualTo(Kind.RETRY);
    // No resync begins: while one hands over, it counts as one of a pair again.
    management.reachabilityOfB = Reachability.PROBABLY_OFFLINE;
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    await("a serves", () -> a.member().alone());
    await("a says what is wrong", this::aSaysThatItsDiskIsBad);
  }

  private boolean aSaysThatItsDiskIsBad() {
    try {
      return write(client, A, 0, random(1, 10)) instanceof Answer.Refused<ChunkState>(Failure bad)
          && bad.errno() == Errno.EIO.number();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void a_failed_sync_makes_a_member_unsure() throws Exception {
    done(write(client, A, 0, random(1, 10)));
    a.disk.setHook((call, path) -> {
      if (call.equals("sync") && path.startsWith("mirrored")) {
        throw new DiskException(Errno.EIO.number(), "a bad disk");
      }
    });
    SyncChunkRequest sync =
        SyncChunkRequest.newBuilder().setChunk(CHUNK).setDurabilitySeen(1).build();
    assertThat(refusal(ask(client, A, 0, epoch(), Operations.SYNC_CHUNK, sync, null, null)))
        .isEqualTo(Kind.RETRY);
    await(
        "the report",
        () ->
            management.reports.stream()
                .anyMatch(report -> report.getTargetId() == A && report.getUnsure()));
    management.decide(B, Consistency.NEEDS_RESYNC, Consistency.GOOD);
    awaitRoles(Role.SECONDARY_STALE, Role.PRIMARY_ALONE);
    await("b serves", () -> b.member().alone());
    // Its resync may have begun, in which both have to sync.
    a.disk.setHook((call, path) -> {});
    done(ask(client, B, 0, epoch(), Operations.SYNC_CHUNK, sync, null, null));
    assertThat(a.replica().logs().unsure()).isTrue();
  }

  @Test
  void during_a_resync_changes_go_to_both_and_one_that_did_not_is_noted() throws Exception {
    management.reachabilityOfB = Reachability.PROBABLY_OFFLINE;
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    awaitRoles(Role.PRIMARY_ALONE, Role.SECONDARY_STALE);
    await("a serves", () -> a.member().alone());
    AtomicInteger broken = new AtomicInteger();
    assertThat(a.replica().forward(Forwarding.BEST_EFFORT, broken::incrementAndGet)).isTrue();
    byte[] data = random(1, 600_000);
    done(write(client, A, 0, data));
    assertThat(a.content()).isEqualTo(data);
    assertThat(b.content()).isEqualTo(data);
    assertThat(a.replica().logs().changes().isEmpty()).isTrue();
    assertThat(broken).hasValue(0);
    b.kill();
    done(write(client, A, 10, random(2, 100)));
    assertThat(broken).hasValue(1);
    assertThat(a.replica().logs().changes().list(null, 10))
        .singleElement()
        .satisfies(range -> assertThat(range.range().start()).isEqualTo(10));
    done(write(client, A, 1000, random(2, 100)));
    assertThat(broken).hasValue(1);
    assertThat(a.replica().logs().changes().rangeCount()).isEqualTo(2);
  }

  @Test
  void when_everything_is_there_a_change_needs_both_before_management_says_so() throws Exception {
    management.reachabilityOfB = Reachability.PROBABLY_OFFLINE;
    management.decide(A, Consistency.GOOD, Consistency.NEEDS_RESYNC);
    awaitRoles(Role.PRIMARY_ALONE, Role.SECONDARY_STALE);
    await("a serves", () -> a.member().alone());
    assertThat(a.replica().forward(Forwarding.BEST_EFFORT, () -> {})).isTrue();
    assertThat(a.replica().forward(Forwarding.REQUIRED, () -> {})).isTrue();
    byte[] data = random(1, 1000);
    done(write(client, A, 0, data));
    assertThat(b.content()).isEqualTo(data);
    b.kill();
    AtomicReference<Answer<ChunkState>> answer = inBackground(A, random(2, 1000));
    ports.clock().sleepNanos(SECOND / 5);
    assertThat(answer.get()).isNull();
    // Management has refused: the member is alone as before.
    assertThat(a.replica().forward(Forwarding.OFF, () -> {})).isTrue();
    await("the answer", () -> answer.get() != null);
    done(answer.get());
    assertThat(a.replica().logs().changes().rangeCount()).isEqualTo(1);
  }

  @Test
  void a_server_that_was_stopped_is_sure_after_a_restart_of_its_host() throws Exception {
    done(write(client, A, 0, random(1, 10)));
    b.service.stop();
    assertThat(management.leaves).hasSize(1);
    b.disk.crash();
    b = new Server("b", b.disk);
    assertThat(management.registrations)
        .last()
        .satisfies(request -> assertThat(request.getTargets(0).getUnsure()).isFalse());
    assertThat(b.content()).hasSize(10);
    b.kill();
    b.disk.crash();
    b = new Server("b", b.disk);
    assertThat(management.registrations)
        .last()
        .satisfies(request -> assertThat(request.getTargets(0).getUnsure()).isTrue());
  }
}
