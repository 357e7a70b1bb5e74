package org.skep.storage;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Ids;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.mirror.EpochGuard;
import org.skep.runtime.port.Disk;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.BulkStream;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.StreamingHandler;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Limits;
import org.skep.wire.message.ChunkId;

/// A target on some disk, and the way to ask its operations without a network.
public final class TestTarget {
  public static final int ID = 10;
  public static final long EPOCH = 5;
  public static final String MARKER = "skep-target";
  private static final int NODE = 1;

  public final StillClock clock = new StillClock();
  public final Disk disk;
  public final ChunkStore store;
  public final StorageTarget target;
  public final ServedTargets targets = new ServedTargets();
  private final ByteBuffer memory = ByteBuffer.allocateDirect(Limits.BULK_BYTES_MAX);

  public TestTarget(Disk disk) throws IOException {
    this(disk, 16);
  }

  public TestTarget(Disk disk, int descriptorsMax) throws IOException {
    this.disk = disk;
    disk.createDirectories("");
    try (Disk.File marker = disk.open(MARKER, true)) {
      marker.sync(false);
    }
    disk.syncDirectory("");
    store = new ChunkStore(disk, ChunkStore.CHUNKS, MARKER, descriptorsMax);
    target = new StorageTarget(ID, store, this::whatIsWrong, clock);
    MapHolder maps = new MapHolder(clock);
    maps.offer(map());
    targets.open(new EpochGuard(maps, NodeKind.STORAGE, NODE), List.of(target));
  }

  private String whatIsWrong() throws IOException {
    return disk.exists(MARKER) ? null : "no marker";
  }

  private static ClusterMap map() {
    return ClusterMap.of(
        1,
        "cluster",
        0,
        List.of(new Node(NodeKind.STORAGE, NODE, "host", "boot", 1, List.of())),
        List.of(
            new Target(
                NodeKind.STORAGE,
                ID,
                NODE,
                "uuid",
                EPOCH,
                Reachability.ONLINE,
                Consistency.GOOD,
                Target.DEFAULT_POOL)),
        List.of());
  }

  public static ChunkId chunk(int counter) {
    return ChunkId.newBuilder().setInode(Ids.inode(1, counter)).build();
  }

  public static FrameHeader header(int bulkBytes) {
    return new FrameHeader(FrameKind.REQUEST, 0x301, 1, 0, bulkBytes, 0, ID, EPOCH, 0, 0, 0);
  }

  public <Q extends MessageLite, R extends MessageLite> Outcome<R> ask(
      Handler<Q, R> handler, Q request, byte[] bulk) {
    return ask(handler, request, bulk, header(bulk.length));
  }

  public <Q extends MessageLite, R extends MessageLite> Outcome<R> ask(
      Handler<Q, R> handler, Q request, byte[] bulk, FrameHeader header) {
    memory.clear().put(bulk).flip();
    return handler.handle(request, new DirectExchange(header));
  }

  public <Q extends MessageLite, R extends MessageLite> Outcome<R> ask(
      StreamingHandler<Q, R> handler, Q request, byte[] bulk, FrameHeader header)
      throws IOException {
    memory.clear().put(bulk).flip();
    return handler.handle(request, new DirectExchange(header), new DirectStream(memory));
  }

  /// The reply of a request that must succeed.
  public <Q extends MessageLite, R extends MessageLite> R done(
      StreamingHandler<Q, R> handler, Q request, byte... bulk) {
    return done(plain(handler), request, bulk);
  }

  /// The failure of a request that must be refused.
  public <Q extends MessageLite, R extends MessageLite> Failure refused(
      StreamingHandler<Q, R> handler, Q request, byte... bulk) {
    return refused(plain(handler), request, bulk);
  }

  /// As if the whole payload had arrived before.
  public <Q extends MessageLite, R extends MessageLite> Handler<Q, R> plain(
      StreamingHandler<Q, R> handler) {
    return (request, exchange) -> {
      try {
        return handler.handle(request, exchange, new DirectStream(exchange.bulk()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private static final class DirectStream implements BulkStream {
    private final ByteBuffer whole;
    private int given;

    DirectStream(ByteBuffer whole) {
      this.whole = whole.duplicate();
    }

    @Override
    public int totalBytes() {
      return whole.remaining();
    }

    @Override
    public int crc() {
      return FrameHeader.bulkCrc(whole);
    }

    @Override
    public ByteBuffer next() {
      if (given == whole.remaining()) {
        return null;
      }
      int bytes = Math.min(PIECE_BYTES, whole.remaining() - given);
      ByteBuffer piece = whole.slice(given, bytes);
      given += bytes;
      return piece;
    }

    @Override
    public ByteBuffer whole() {
      return whole.duplicate();
    }

    @Override
    public void breakOff() {}
  }

  /// The reply of a request that must succeed.
  public <Q extends MessageLite, R extends MessageLite> R done(
      Handler<Q, R> handler, Q request, byte... bulk) {
    return switch (ask(handler, request, bulk)) {
      case Outcome.Done<R> done -> done.reply();
      case Outcome.Refused<R>(Failure failure) -> throw new AssertionError("refused: " + failure);
    };
  }

  /// The failure of a request that must be refused.
  public <Q extends MessageLite, R extends MessageLite> Failure refused(
      Handler<Q, R> handler, Q request, byte... bulk) {
    return switch (ask(handler, request, bulk)) {
      case Outcome.Done<R> done -> throw new AssertionError("done: " + done);
      case Outcome.Refused<R>(Failure failure) -> failure;
    };
  }

  private final class DirectExchange implements Exchange {
    private final FrameHeader header;

    DirectExchange(FrameHeader header) {
      this.header = header;
    }

    @Override
    public FrameHeader header() {
      return header;
    }

    @Override
    public long client() {
      return 1;
    }

    @Override
    public NodeKind role() {
      return NodeKind.CLIENT;
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
}
