package org.skep.storage.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.EpochGuard;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.Surroundings;
import org.skep.mirror.range.MemberLogs;
import org.skep.mirror.range.RangeReplica;
import org.skep.mirror.resync.ResyncManagement;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.runtime.twin.RandomMessages;
import org.skep.storage.TestTarget;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.resync.Resync;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Answer;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;

/// Whatever another server sends to a secondary that is being resynced, it is answered or refused:
/// nothing is thrown, and no other files than the group's chunk files are made.
class ResyncFuzzTest {
  private static final int REQUESTS = 60_000;
  private static final int GROUP = 5;
  private static final long EPOCH = 3;
  private static final int OWN = 10;
  private static final int PRIMARY = 20;
  private static final long PRIMARY_PROCESS = 77;
  private static final int FORWARDED = FrameHeader.FLAG_GROUP | FrameHeader.FLAG_FORWARDED;

  private final Ports ports = RealPorts.create();
  private final MemoryDisk disk = new MemoryDisk("memory");
  private final ServedTargets targets = new ServedTargets();
  private final ByteBuffer memory = ByteBuffer.allocateDirect(Limits.BULK_BYTES_MAX);

  private record Row<Q extends MessageLite>(Operation<Q, ?> operation, Handler<Q, ?> handler) {}

  private static ClusterMap map() {
    return ClusterMap.of(
        1,
        "cluster",
        0,
        List.of(node(1, 1), node(2, PRIMARY_PROCESS)),
        List.of(target(OWN, 1, Consistency.NEEDS_RESYNC), target(PRIMARY, 2, Consistency.GOOD)),
        List.of(new BuddyGroup(NodeKind.STORAGE, GROUP, PRIMARY, OWN, EPOCH)));
  }

  private static Node node(int id, long incarnation) {
    return new Node(NodeKind.STORAGE, id, "host" + id, "boot", incarnation, List.of());
  }

  private static Target target(int id, int node, Consistency consistency) {
    return new Target(
        NodeKind.STORAGE,
        id,
        node,
        "uuid" + id,
        1,
        Reachability.ONLINE,
        consistency,
        Target.DEFAULT_POOL);
  }

  private RangeReplica replica() throws IOException {
    MapHolder maps = new MapHolder(ports.clock());
    maps.offer(map());
    RpcClient client =
        new RpcClient(
            ports,
            RpcClient.Settings.of(NodeKind.STORAGE, 1, null, () -> "cluster", version -> {}));
    RangeReplica replica =
        new RangeReplica(
            ports,
            maps,
            client,
            OWN,
            MemberLogs.open(disk, ports.clock(), ChunkStore.MIRRORED),
            new Nobody(),
            (view, ranges) -> {});
    ChunkStore chunks = new ChunkStore(disk, ChunkStore.CHUNKS, TestTarget.MARKER, 16);
    ChunkStore mirrored = new ChunkStore(disk, ChunkStore.MIRRORED, TestTarget.MARKER, 16);
    StorageTarget target = new StorageTarget(OWN, chunks, () -> null, ports.clock());
    target.mirror(replica, mirrored);
    target.resyncBy(new Resync(ports, replica, mirrored, disk, new Deaf(), 0));
    targets.open(new EpochGuard(maps, NodeKind.STORAGE, 1), List.of(target));
    replica.member().start();
    return replica;
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void nothingCanBreakASecondary() throws Exception {
    disk.setCapacityBytes(4 << 20);
    disk.open(TestTarget.MARKER, true).close();
    RangeReplica replica = replica();
    GroupMember member = replica.member();
    List<Row<?>> rows =
        List.of(
            new Row<>(Operations.CHUNK_SUMS, new ChunkSums(targets)),
            new Row<>(Operations.COPY_CHUNK, new CopyChunk(targets)),
            new Row<>(Operations.LIST_CHUNKS, new ListChunks(targets)),
            new Row<>(Operations.RESYNC_BEGIN, new ResyncBegin(targets)),
            new Row<>(Operations.RESYNC_END, new ResyncEnd(targets)),
            new Row<>(Operations.START_RESYNC, new StartResync(targets)),
            new Row<>(Operations.RESYNC_STATS, new ResyncStats(targets)));
    while (member.view().role() != GroupView.Role.SECONDARY_STALE) {
      ports.clock().sleepNanos(1_000_000L);
    }
    SplittableRandom random = new SplittableRandom(20);
    RandomMessages messages = RandomRequests.of(random);
    int done = 0;
    int refused = 0;
    for (int number = 0; number < REQUESTS; number++) {
      Row<?> row = rows.get(random.nextInt(rows.size()));
      Outcome<?> outcome = ask(row, messages.bytes(row.operation()), random);
      if (outcome instanceof Outcome.Done) {
        done++;
      } else if (outcome != null) {
        refused++;
      }
    }
    assertThat(done).isGreaterThan(REQUESTS / 10);
    assertThat(refused).isGreaterThan(REQUESTS / 10);
    assertThat(disk.list("")).isSubsetOf("mirrored", "mirror", TestTarget.MARKER);
    member.stop();
  }

  private <Q extends MessageLite> @Nullable Outcome<?> ask(
      Row<Q> row, ByteString request, SplittableRandom random) {
    Q message;
    try {
      message = row.operation().requestParser().parseFrom(request);
    } catch (InvalidProtocolBufferException e) {
      return null; // refused before the operation
    }
    byte[] bulk = new byte[random.nextInt(4) == 0 ? random.nextInt(20_000) : 0];
    memory.clear().put(bulk).flip();
    boolean sane = random.nextInt(20) > 0;
    FrameHeader header =
        new FrameHeader(
            FrameKind.REQUEST,
            row.operation().code(),
            1,
            0,
            bulk.length,
            FrameHeader.bulkCrc(memory),
            GROUP,
            sane ? EPOCH : random.nextInt(3),
            0,
            sane ? 0 : random.nextLong(),
            sane ? FORWARDED : random.nextInt());
    return row.handler().handle(message, new Sent(header, sane ? PRIMARY_PROCESS : 1));
  }

  private final class Sent implements Exchange {
    private final FrameHeader header;
    private final long client;

    Sent(FrameHeader header, long client) {
      this.header = header;
      this.client = client;
    }

    @Override
    public FrameHeader header() {
      return header;
    }

    @Override
    public long client() {
      return client;
    }

    @Override
    public NodeKind role() {
      return NodeKind.STORAGE;
    }

    @Override
    public ByteBuffer bulk() {
      return memory;
    }

    @Override
    public ByteBuffer answerBuffer() {
      return memory.clear();
    }

    @Override
    public boolean alive() {
      return true;
    }
  }

  private static final class Nobody implements Surroundings {
    @Override
    public boolean holdsLease() {
      return false;
    }

    @Override
    public long silentNanos() {
      return 1_000_000_000L;
    }

    @Override
    public void suspect(Node node) {}

    @Override
    public void beatNow() {}
  }

  private static final class Deaf implements ResyncManagement {
    @Override
    public Answer<Empty> resynced(int group, long epoch, int secondary) throws IOException {
      throw new IOException("deaf");
    }

    @Override
    public Answer<Empty> demand(int group, int secondary) throws IOException {
      throw new IOException("deaf");
    }
  }
}
