package org.skep.storage.resync;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.skep.linux.Errno;
import org.skep.mirror.GroupView;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.mirror.range.Item;
import org.skep.mirror.range.ItemRange;
import org.skep.mirror.range.Range;
import org.skep.mirror.range.RangeLocks;
import org.skep.mirror.range.RangeReplica;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.port.Memory;
import org.skep.storage.chunk.BlockSums;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStore;
import org.skep.wire.Failure;
import org.skep.wire.message.ChunkComparison;
import org.skep.wire.message.CompareChunksReply;
import org.skep.wire.message.ListChunksReply;

/// The two copies of a pair's chunk files, looked at by its primary for `skep fsck`: each step with
/// its range locked, so that what differs then differs indeed. For one request's thread.
public final class CopyCheck {
  private static final int STEP_BYTES = Equalizer.STEP_BYTES;
  private static final int STEP_BLOCKS = STEP_BYTES / BlockSums.BLOCK_BYTES;

  /// A request ends after about so long, so that its sender sees how far it is.
  private static final long REQUEST_NANOS = 1_000_000_000L;

  private final Turn turn;
  private final RangeReplica replica;
  private final ChunkStore store;
  private final Secondary secondary;

  /// @throws MemberRefusal ENOTCONN if there is no secondary that should be equal
  public CopyCheck(Turn turn, RangeReplica replica, ChunkStore store) throws MemberRefusal {
    if (turn.view().role() != GroupView.Role.PRIMARY_OF_PAIR) {
      throw new MemberRefusal(
          Failure.errno(
              Errno.ENOTCONN.number(), turn.view().text() + " has no secondary that is Good"));
    }
    this.turn = turn;
    this.replica = replica;
    this.store = store;
    secondary = new Secondary(replica.member(), turn.view());
  }

  /// A question to the secondary.
  private interface Question<R> {
    R ask() throws DiskException, InterruptedResyncException;
  }

  /// The secondary's disk is not this target's.
  private <R> R ask(Question<R> question) throws MemberRefusal {
    try {
      return question.ask();
    } catch (DiskException e) {
      throw new MemberRefusal(
          Failure.errno(
              e.errno(), "the secondary of " + turn.view().text() + ": " + e.getMessage()));
    } catch (InterruptedResyncException e) {
      throw new MemberRefusal(Failure.retry(e.reason()));
    }
  }

  /// A part of the secondary's chunk files.
  public ListChunksReply list(ByteString cursor) throws MemberRefusal {
    Secondary.Listing listing = ask(() -> secondary.list(cursor));
    ListChunksReply.Builder reply =
        ListChunksReply.newBuilder().setCursor(listing.cursor()).setEnd(listing.end());
    listing.chunks().forEach(key -> reply.addChunks(Secondary.id(key)));
    return reply.build();
  }

  /// Compares until something differs in a chunk file, all are done, or the time is over.
  ///
  /// @param offset in the first one, where to go on
  /// @param memory scratch of at least 1 MiB
  public CompareChunksReply compare(
      List<ChunkKey> keys, long offset, boolean lengthsOnly, Clock clock, ByteBuffer memory)
      throws IOException, MemberRefusal {
    CompareChunksReply.Builder reply = CompareChunksReply.newBuilder();
    long end = clock.nanoTime() + REQUEST_NANOS;
    long at = offset;
    for (ChunkKey key : keys) {
      if (at == 0) {
        ChunkComparison lengths = lengths(key);
        boolean over =
            lengthsOnly
                || lengths.getResult() != ChunkComparison.Result.EQUAL
                || lengths.getPrimaryLength() == 0;
        if (over) {
          reply.addDone(lengths);
          if (clock.nanoTime() >= end) {
            return reply.build();
          }
          continue;
        }
      }
      while (at >= 0) {
        Step step = step(key, at, memory);
        reply.setBytes(reply.getBytes() + step.bytes);
        if (step.differs) {
          reply.addDone(
              ChunkComparison.newBuilder()
                  .setResult(ChunkComparison.Result.CONTENT)
                  .setOffset(step.next));
          break;
        }
        if (step.next < 0) {
          reply.addDone(ChunkComparison.getDefaultInstance());
          break;
        }
        at = step.next;
        if (clock.nanoTime() >= end) {
          return reply.setNextOffset(at).build();
        }
      }
      at = 0;
      if (clock.nanoTime() >= end) {
        return reply.build();
      }
    }
    return reply.build();
  }

  /// Both or none have it, and it is equally long.
  private ChunkComparison lengths(ChunkKey key) throws IOException, MemberRefusal {
    try (RangeLocks<Item>.Held _ = replica.locks().shared(Secondary.item(key), Range.ALL)) {
      boolean here = store.isOnDisk(key);
      long length = here ? store.status(key).lengthBytes() : 0;
      BlockSums there = ask(() -> secondary.sums(key, 0, 0));
      ChunkComparison.Result result = ChunkComparison.Result.EQUAL;
      if (here != there.exists()) {
        result = here ? ChunkComparison.Result.ONLY_PRIMARY : ChunkComparison.Result.ONLY_SECONDARY;
      } else if (length != there.lengthBytes()) {
        result = ChunkComparison.Result.LENGTHS;
      }
      return ChunkComparison.newBuilder()
          .setResult(result)
          .setPrimaryLength(length)
          .setSecondaryLength(there.lengthBytes())
          .build();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /// @param next where to go on, or where it differs; -1 at the end
  private record Step(long next, boolean differs, long bytes) {}

  private Step step(ChunkKey key, long at, ByteBuffer memory) throws IOException, MemberRefusal {
    Range range = Range.of(at, STEP_BYTES);
    try (RangeLocks<Item>.Held _ = replica.locks().shared(Secondary.item(key), range)) {
      BlockSums here = store.sums(key, at, STEP_BLOCKS, memory);
      BlockSums there = ask(() -> secondary.sums(key, at, STEP_BLOCKS));
      int blocks = Math.max(here.sums().size(), there.sums().size());
      for (int block = 0; block < blocks; block++) {
        boolean same =
            block < here.sums().size()
                && block < there.sums().size()
                && here.sums().get(block).equals(there.sums().get(block));
        if (!same) {
          return new Step(at + (long) block * BlockSums.BLOCK_BYTES, true, 0);
        }
      }
      long bytes = Math.clamp(here.lengthBytes() - at, 0, STEP_BYTES);
      // What is a hole in both is one step, however long.
      long data = Math.min(here.nextData(), there.nextData());
      long next = Math.max(at + STEP_BYTES, data & -BlockSums.BLOCK_BYTES);
      return new Step(next >= here.lengthBytes() ? -1 : next, false, bytes);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static MemberRefusal interrupted() {
    Thread.currentThread().interrupt();
    return new MemberRefusal(Failure.retry("the server stops"));
  }

  /// Makes the secondary's chunk file like this member's.
  public void copyThere(ChunkKey key) throws IOException, MemberRefusal {
    Equalizer equalizer =
        new Equalizer(store, secondary, new Locking(), Memory.allocate(STEP_BYTES));
    try {
      long length = equalizer.lengths(key);
      if (length > 0) {
        equalizer.walk(key, Range.of(0, length), true);
      }
    } catch (InterruptedResyncException e) {
      throw new MemberRefusal(Failure.retry(e.reason()));
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /// Makes this member's chunk file, which is missing, like the secondary's.
  ///
  /// @throws MemberRefusal EEXIST if it is not missing
  public void copyHere(ChunkKey key) throws IOException, MemberRefusal {
    ByteBuffer memory = Memory.allocate(STEP_BYTES);
    try (RangeLocks<Item>.Held _ = replica.locks().exclusive(Secondary.item(key), Range.ALL)) {
      BlockSums there = ask(() -> secondary.sums(key, 0, 0));
      if (store.isOnDisk(key) || !there.exists()) {
        throw new MemberRefusal(
            Failure.errno(Errno.EEXIST.number(), "chunk file " + key + " is not missing here"));
      }
      var _ = store.setLength(key, 0);
      long at = there.nextData();
      while (at < there.lengthBytes()) {
        long from = at;
        ByteBuffer data = memory.duplicate().clear();
        data.limit((int) Math.min(STEP_BYTES, there.lengthBytes() - from));
        ask(() -> {
          secondary.read(key, from, data);
          return data;
        });
        var _ = store.write(key, data.flip(), from);
        long next = from + STEP_BYTES;
        BlockSums more = ask(() -> secondary.sums(key, next & -BlockSums.BLOCK_BYTES, 0));
        at = Math.max(next, more.nextData());
      }
      var _ = store.setLength(key, there.lengthBytes());
      var _ = store.sync(key, 0, false);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private final class Locking implements Equalizer.Guard {
    @Override
    public void pace(long bytes) {}

    @Override
    public Equalizer.Locked lock(Item item, Range range) throws InterruptedException {
      return replica.exclusive(item, range)::close;
    }

    @Override
    public void equal(ItemRange range) {}

    @Override
    public void compared(long bytes) {}

    @Override
    public void sent(long bytes) {}
  }
}
