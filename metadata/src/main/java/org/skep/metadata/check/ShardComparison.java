package org.skep.metadata.check;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.operation.ShardOperation;
import org.skep.metadata.replication.ContentReader;
import org.skep.metadata.replication.KeyRange;
import org.skep.metadata.replication.LogTable;
import org.skep.metadata.replication.LoggedChanges;
import org.skep.metadata.replication.RangeDigest;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.CompareShardReply;
import org.skep.wire.message.CompareShardRequest;
import org.skep.wire.message.TableRange;

/// COMPARE_SHARD: whether the second member holds the same, while changes go on, without holding
/// them up. A range is read here, then everything that was applied is waited for, then the range is
/// read there, then here again. If it did not change here in between, both must be equal; if it
/// did, it is read again. Whether it did the log says: a file that was opened and closed in between
/// leaves nothing.
final class ShardComparison implements ShardOperation<CompareShardRequest, CompareShardReply> {
  private static final int RANGES_MAX = 20;
  private static final int KEYS_MAX = 1000;
  private static final long BYTES_MAX = 1 << 20;
  private static final int CURSOR_BYTES_MAX = 512;

  /// Also parts that nearly each request changes are to stand still once.
  private static final int ATTEMPTS = 30;

  private static final long PAUSE_NANOS_MIN = 10_000_000L;
  private static final long PAUSE_NANOS_MAX = 160_000_000L;

  private final Shard shard;
  private final ContentReader content;
  private final Supplier<@Nullable SecondaryDigests> secondary;

  /// @param secondary gives null as long as there is no second member that has everything; the same
  ///   object as long as it is that member without a break
  ShardComparison(
      Shard shard, ContentReader content, Supplier<@Nullable SecondaryDigests> secondary) {
    this.shard = shard;
    this.content = content;
    this.secondary = secondary;
  }

  @Override
  public CompareShardReply run(CompareShardRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    ByteString cursor = request.getCursor();
    List<Table> tables = List.copyOf(ContentReader.tables());
    int table = cursor.isEmpty() ? 0 : cursor.byteAt(0);
    if (cursor.size() > CURSOR_BYTES_MAX || table < 0 || table >= tables.size()) {
      throw new RefusedException(Failure.malformed("a cursor of " + cursor.size() + " bytes"));
    }
    SecondaryDigests there = secondary.get();
    if (there == null) {
      return CompareShardReply.newBuilder().setEnd(true).build();
    }
    byte[] from = cursor.isEmpty() ? Keys.first() : cursor.substring(1).toByteArray();
    CompareShardReply.Builder reply = CompareShardReply.newBuilder().setCompared(true);
    List<KeyRange> ranges = new ArrayList<>();
    while (ranges.size() < RANGES_MAX && table < tables.size()) {
      ContentReader.Piece piece =
          content.piece(new KeyRange(tables.get(table), from, Keys.end()), KEYS_MAX, BYTES_MAX);
      ranges.add(piece.range());
      reply.setVisited(reply.getVisited() + piece.entries().size());
      from = piece.isLast() ? Keys.first() : piece.range().to();
      table += piece.isLast() ? 1 : 0;
    }
    try {
      compare(ranges, there, reply);
    } catch (IOException e) {
      throw new RefusedException(Failure.retry("the second member: " + e.getMessage()));
    }
    if (table == tables.size()) {
      return reply.setEnd(true).build();
    }
    byte[] next = new byte[1 + from.length];
    next[0] = (byte) table;
    System.arraycopy(from, 0, next, 1, from.length);
    return reply.setCursor(ByteString.copyFrom(next)).build();
  }

  private void compare(
      List<KeyRange> ranges, SecondaryDigests there, CompareShardReply.Builder reply)
      throws IOException, InterruptedException {
    List<KeyRange> open = ranges;
    long pauseNanos = PAUSE_NANOS_MIN;
    for (int attempt = 0; attempt < ATTEMPTS && !open.isEmpty(); attempt++) {
      if (attempt > 0) {
        shard.clock().sleepNanos(pauseNanos);
        pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
      }
      long since = shard.latestBatch();
      List<RangeDigest> before = here(open);
      shard.awaitAcknowledged(shard.latestBatch());
      List<RangeDigest> its = there.of(open);
      List<RangeDigest> after = here(open);
      if (its.size() != open.size()) {
        throw new IOException("it answers another question");
      }
      List<KeyRange> unlike = new ArrayList<>();
      for (int i = 0; i < open.size(); i++) {
        if (!its.get(i).equals(before.get(i)) && !its.get(i).equals(after.get(i))) {
          unlike.add(open.get(i));
        }
      }
      List<KeyRange> differing = untouched(since, unlike);
      differing.forEach(range -> reply.addDiffering(message(range)));
      unlike.removeAll(differing);
      open = unlike;
    }
    if (!there.equals(secondary.get())) {
      throw new IOException("it is not the second member any more");
    }
    reply.setUnsettled(open.size());
  }

  private List<KeyRange> untouched(long since, List<KeyRange> ranges) throws DiskException {
    return ranges.isEmpty()
        ? ranges
        : LoggedChanges.untouched(LogTable.open(shard.store()), since, shard.latestBatch(), ranges);
  }

  private List<RangeDigest> here(List<KeyRange> ranges) throws DiskException {
    List<RangeDigest> digests = new ArrayList<>();
    for (KeyRange range : ranges) {
      digests.add(content.digest(range, 10 * KEYS_MAX));
    }
    return digests;
  }

  private static TableRange message(KeyRange range) {
    return TableRange.newBuilder()
        .setTable(range.table().ordinal())
        .setFrom(ByteString.copyFrom(range.from()))
        .setTo(ByteString.copyFrom(range.to()))
        .build();
  }
}
