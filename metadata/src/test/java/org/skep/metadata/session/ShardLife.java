package org.skep.metadata.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.metadata.chunk.Chunks;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.lock.HandClock;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.operation.Placement;
import org.skep.metadata.operation.ShardOperations;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.metadata.transaction.Coordinator;
import org.skep.metadata.transaction.Participant;
import org.skep.metadata.transaction.Peers;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.OpenRequest;
import org.skep.wire.message.PatternKind;
import org.skep.wire.message.UnlinkRequest;

/// One life of a shard over a store, asked as clients ask it.
final class ShardLife {
  static final int SHARD = 3;
  static final long ROOT = Ids.inode(SHARD, Ids.ROOT_COUNTER);

  private static final byte[] LAST = new byte[64];

  static {
    Arrays.fill(LAST, (byte) 0xFF);
  }

  final MemoryStore store;
  final HandClock clock;
  final Shard shard;
  final HeldLocks locks;
  final Sessions sessions;
  private final ShardOperations operations;

  private static final class NoChunks implements Chunks {
    @Override
    public Failure truncate(
        LayoutMessage layout, long inode, long size, long life, boolean durable) {
      return null;
    }

    @Override
    public Failure remove(PatternKind kind, int stripeTarget, List<ChunkId> chunks) {
      return null;
    }
  }

  private static final class OneTarget implements Placement {
    @Override
    public Layout layout(StripePattern pattern) {
      return new Layout(pattern.kind(), pattern.chunkBytes(), List.of(1));
    }

    @Override
    public int directoryShard(int parentShard) {
      return parentShard;
    }
  }

  private static final class NoPeers implements Peers {
    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
        int shard, Operation<Q, R> operation, Q request, long waitNanos) {
      return new Answer.Refused<>(Failure.retry("there is only one shard"));
    }
  }

  private static final class NoMaps implements MapSource {
    @Override
    public ClusterMap current() {
      return ClusterMap.EMPTY;
    }

    @Override
    public boolean awaitVersion(long version, long nanos) {
      return false;
    }

    @Override
    public void offer(ClusterMap map) {}
  }

  private static final class NoChance implements Chance {
    @Override
    public long nextLong() {
      return 0;
    }

    @Override
    public int nextInt(int bound) {
      return 0;
    }

    @Override
    public byte[] secretBytes(int count) {
      return new byte[count];
    }
  }

  ShardLife(MemoryStore store, HandClock clock) throws DiskException {
    this.store = store;
    this.clock = clock;
    shard = new Shard(SHARD, store, clock);
    shard.makeRoot(MapCodec.message(StripePattern.DEFAULT));
    locks = new HeldLocks(shard.records(), clock);
    sessions = new Sessions(shard, locks);
    Peers peers = new NoPeers();
    operations =
        new ShardOperations(
            shard,
            new OneTarget(),
            new Truncations(shard, new NoChunks()),
            new Coordinator(shard, peers, new NoMaps(), new NoChance()),
            new Participant(shard, peers, new NoMaps()),
            () -> false,
            locks,
            sessions);
  }

  /// The next life, after the death of the process.
  ShardLife restarted() throws DiskException {
    store.crash();
    return new ShardLife(store.open(0), clock);
  }

  <Q extends MessageLite, R extends MessageLite> Outcome<R> ask(
      long client, long sequence, Operation<Q, R> operation, Q request) {
    return operations.handle(operation, request, new Call(operation.code(), client, sequence, 0));
  }

  /// Asks for a client that is gone before it hears the answer.
  <Q extends MessageLite, R extends MessageLite> Outcome<R> askAndGo(
      long client, Operation<Q, R> operation, Q request) {
    return operations.handle(
        operation, request, new Call(operation.code(), client, 0, 0, () -> false));
  }

  <Q extends MessageLite, R extends MessageLite> R done(
      long client, Operation<Q, R> operation, Q request) {
    Outcome<R> outcome = ask(client, 0, operation, request);
    if (outcome instanceof Outcome.Done<R>(R reply, _, _)) {
      return reply;
    }
    throw new AssertionError(outcome.toString());
  }

  /// The errno with which a request is refused; 0 if it is not, -1 if with another failure.
  <Q extends MessageLite, R extends MessageLite> int errno(
      long client, Operation<Q, R> operation, Q request) {
    return ask(client, 0, operation, request) instanceof Outcome.Refused<R>(Failure failure)
        ? (failure.errno() == 0 ? -1 : failure.errno())
        : 0;
  }

  /// Makes a file, open for reading by the client.
  long create(long client, String name) {
    return done(
            client,
            Operations.CREATE,
            CreateRequest.newBuilder()
                .setParent(ROOT)
                .setName(ByteString.copyFromUtf8(name))
                .setMode(0644)
                .build())
        .getEntry()
        .getInode();
  }

  /// Makes a file without a name, open for writing by the client.
  long createUnnamed(long client) {
    CreateUnnamedRequest request =
        CreateUnnamedRequest.newBuilder().setParent(ROOT).setMode(0600).setOpenFlags(2).build();
    return done(client, Operations.CREATE_UNNAMED, request).getInode();
  }

  void open(long client, long inode) {
    done(client, Operations.OPEN, OpenRequest.newBuilder().setInode(inode).build());
  }

  void close(long client, long inode, boolean writing) {
    done(
        client,
        Operations.CLOSE,
        CloseRequest.newBuilder().setInode(inode).setOpenedForWriting(writing).build());
  }

  void unlink(long client, String name) {
    done(
        client,
        Operations.UNLINK,
        UnlinkRequest.newBuilder().setParent(ROOT).setName(ByteString.copyFromUtf8(name)).build());
  }

  /// The keys of a table.
  List<byte[]> keys(Table table) throws DiskException {
    List<byte[]> keys = new ArrayList<>();
    shard.records().scan(table, Keys.first(), LAST, (key, value) -> keys.add(key));
    return keys;
  }

  boolean exists(long inode) throws DiskException {
    return shard.records().exists(inode);
  }
}
