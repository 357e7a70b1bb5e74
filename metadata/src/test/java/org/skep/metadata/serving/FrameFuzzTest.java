package org.skep.metadata.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.rpc.BulkBuffers;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.RequestCycle;
import org.skep.runtime.twin.FrameFuzz;
import org.skep.runtime.twin.RandomMessages;
import org.skep.wire.Operation;
import org.skep.wire.Operations;

/// A million damaged frames, from the socket's bytes to the stores in memory, of clients and of
/// other metadata servers: each is answered or ends its connection, none makes more memory than a
/// request may, the tree stays whole, and the shards serve on.
///
/// What a metadata server prepares and commits is believed if it is possible at all, so a forged
/// COMMIT of a forged PREPARE could break the tree: rounds with one are without the other, and in
/// between the participants hear from the coordinators that nothing was decided.
class FrameFuzzTest {
  private static final int SHARDS = 2;
  private static final int ROUNDS = 500;
  private static final int ROUND_FRAMES = 2_000;
  private static final long FRAME_NANOS = 1_000_000_000L;
  private static final long ROUND_NANOS = 4_000_000_000L;

  /// An answer of 1,000 attributes, or of a directory's entries.
  private static final long FRAME_ALLOCATES_MAX = 8 << 20;

  private final TestClock clock = new TestClock();
  private final SplittableRandom random = new SplittableRandom(3);
  private final ShardCluster cluster = new ShardCluster(SHARDS, clock, 3);
  private final FrameFuzz fuzz = new FrameFuzz(cycle(), random);
  private final RandomMessages messages = messages();
  private final long[] sequences = new long[4];
  private List<Long> inodes = List.of(ShardCluster.ROOT);

  FrameFuzzTest() throws DiskException, InterruptedException {}

  private RequestCycle cycle() {
    ShardDoor served = cluster.served();
    return new RequestCycle(
        ShardDoor.register(new Dispatcher(), () -> served),
        new BulkBuffers(clock, 1),
        clock,
        () -> 1,
        FRAME_NANOS);
  }

  private RandomMessages messages() {
    RandomMessages made = new RandomMessages(random);
    for (String name : List.of("inode", "inodes", "parent", "new_parent", "old_parent")) {
      made.field(name, this::inode);
    }
    return made.field("remove_directory", this::inode)
        .field("coordinator", () -> 1 + random.nextInt(SHARDS))
        .field("number", () -> 1 + random.nextInt(8))
        .field("incarnation", () -> 1)
        .field("owner", () -> random.nextInt(3))
        .field("start", () -> random.nextInt(30))
        .field("end", () -> random.nextInt(60))
        .field("ticket", () -> random.nextInt(20))
        .field("shard", () -> random.nextInt(SHARDS + 1))
        .field("flags", () -> random.nextInt(3))
        .field("nanos", () -> random.nextInt(1_000_000_000));
  }

  private long inode() {
    return inodes.get(random.nextInt(inodes.size()));
  }

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void aMillionDamagedFrames() throws DiskException, InterruptedException {
    for (int round = 0; round < ROUNDS; round++) {
      findInodes();
      List<Operation<?, ?>> operations =
          operations(round % 2 == 0 ? Operations.PREPARE : Operations.COMMIT);
      for (int frame = 0; frame < ROUND_FRAMES; frame++) {
        hit(operations.get(random.nextInt(operations.size())));
      }
      cluster.chunks.calls.clear();
      clock.advance(ROUND_NANOS);
      cluster.settle(() -> clock.advance(ROUND_NANOS));
      assertThat(cluster.lockCount()).isZero();
    }
    int frames = ROUNDS * ROUND_FRAMES;
    assertThat(fuzz.allocatedMaxBytes()).isLessThan(FRAME_ALLOCATES_MAX);
    assertThat(fuzz.answered()).isGreaterThan(frames / 5);
    assertThat(fuzz.cutOff()).isGreaterThan(frames / 5);
    assertThat(inodes).hasSizeGreaterThan(10);
    assertThat(NamespaceChecker.check(cluster.stores(), ShardCluster.ROOT)).isEmpty();
    serves();
  }

  /// All operations but one; the end of a session, which undoes so much, is left to a few.
  private List<Operation<?, ?>> operations(Operation<?, ?> without) {
    boolean ends = random.nextInt(5) == 0;
    return Operations.all().stream()
        .filter(operation -> operation.destination() == Operation.Destination.SHARD)
        .filter(operation -> !operation.equals(without))
        .filter(operation -> ends || !operation.equals(Operations.END_SESSION))
        .toList();
  }

  private void hit(Operation<?, ?> operation) {
    ByteString message = messages.bytes(operation);
    int shard = 1 + random.nextInt(SHARDS);
    boolean byServer = operation.servers() ? random.nextInt(8) > 0 : random.nextInt(8) == 0;
    int client = 1 + random.nextInt(3);
    long sequence = sequence(client);
    long mark = Math.max(0, sequences[client] - 20);
    fuzz.hit(
        new FrameFuzz.Request(operation, message, shard, 1, sequence, mark),
        new FrameFuzz.Sender(byServer ? NodeKind.METADATA : NodeKind.CLIENT, client));
  }

  /// New mostly, now and then one that was used, or none.
  private long sequence(int client) {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> Math.max(0, sequences[client] - random.nextInt(30));
      default -> ++sequences[client];
    };
  }

  private void findInodes() throws DiskException {
    List<Long> found = new ArrayList<>();
    for (int shard = 1; shard <= SHARDS; shard++) {
      new Records(cluster.store(shard))
          .scan(
              Table.INODES,
              Keys.first(),
              Keys.end(),
              (key, value) -> {
                found.add(Keys.number(key, 0));
                return true;
              });
    }
    // One that is no more, and a few that may come.
    found.add(Ids.inode(1, 2));
    found.add(Ids.inode(2, 1 + random.nextInt(100_000)));
    found.add(ShardCluster.ROOT);
    inodes = found;
  }

  private void serves() {
    TreeClient client = new TreeClient(cluster, 99);
    long directory =
        TreeClient.done(client.makeDirectory(ShardCluster.ROOT, "after", 2)).getInode();
    long file = TreeClient.done(client.makeFile(directory, "file")).getInode();
    assertThat(TreeClient.done(client.lookup(directory, "file")).getInode()).isEqualTo(file);
  }
}
