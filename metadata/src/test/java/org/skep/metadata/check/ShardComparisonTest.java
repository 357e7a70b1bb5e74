package org.skep.metadata.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.skep.metadata.replication.BatchCodec;
import org.skep.metadata.replication.ContentReader;
import org.skep.metadata.replication.KeyRange;
import org.skep.metadata.replication.LogTable;
import org.skep.metadata.replication.RangeDigest;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.metadata.twin.TestClock;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Operations;
import org.skep.wire.message.CompareShardReply;
import org.skep.wire.message.CompareShardRequest;
import org.skep.wire.message.TableRange;

/// Two stores are compared range by range, also while one of them changes.
class ShardComparisonTest {
  private static final int KEYS = 30_000;

  private final MemoryStore here = new MemoryStore();
  private final MemoryStore there = new MemoryStore();
  private final Shard shard = new Shard(1, here, new TestClock());
  private final ContentReader content = new ContentReader(here);
  private final ContentReader other = new ContentReader(there);
  private @Nullable SecondaryDigests secondary = this::digests;

  ShardComparisonTest() throws Exception {
    Batch batch = new Batch();
    for (long key = 1; key <= KEYS; key++) {
      batch.put(Table.ORPHANS, Keys.of(key), new byte[1]);
    }
    shard.apply(batch, false);
    for (Table table : ContentReader.tables()) {
      copy(table);
    }
  }

  private void copy(Table table) throws Exception {
    Batch batch = new Batch();
    try (var cursor = here.scan(table, Keys.first(), Keys.end())) {
      while (cursor.next()) {
        batch.put(table, cursor.key(), cursor.value());
      }
    }
    there.apply(batch, false);
  }

  private List<RangeDigest> digests(List<KeyRange> ranges) throws DiskException {
    List<RangeDigest> digests = new ArrayList<>();
    for (KeyRange range : ranges) {
      digests.add(other.digest(range, KEYS));
    }
    return digests;
  }

  private List<TableRange> differing() throws Exception {
    ShardComparison comparison = new ShardComparison(shard, content, () -> secondary);
    List<TableRange> differing = new ArrayList<>();
    ByteString cursor = ByteString.EMPTY;
    boolean end = false;
    while (!end) {
      CompareShardReply reply =
          comparison.run(
              CompareShardRequest.newBuilder().setCursor(cursor).build(),
              new Call(Operations.COMPARE_SHARD.code(), Call.NO_CLIENT, 0, 0));
      assertThat(reply.getCompared()).isTrue();
      assertThat(reply.getUnsettled()).isZero();
      differing.addAll(reply.getDifferingList());
      cursor = reply.getCursor();
      end = reply.getEnd();
    }
    return differing;
  }

  @Test
  void equal_members_do_not_differ() throws Exception {
    assertThat(differing()).isEmpty();
  }

  @Test
  void another_value_a_missing_key_and_a_surplus_key_are_seen() throws Exception {
    Batch batch = new Batch();
    batch.put(Table.ORPHANS, Keys.of(5000), new byte[2]);
    batch.delete(Table.ORPHANS, Keys.of(25_000));
    batch.put(Table.XATTRS, Keys.of(7), new byte[1]);
    there.apply(batch, false);
    assertThat(differing())
        .extracting(TableRange::getTable)
        .containsExactlyInAnyOrder(
            Table.ORPHANS.ordinal(), Table.ORPHANS.ordinal(), Table.XATTRS.ordinal());
  }

  @Test
  void a_change_between_two_reads_is_no_difference() throws Exception {
    AtomicBoolean changed = new AtomicBoolean();
    secondary =
        ranges -> {
          if (changed.compareAndSet(false, true)) {
            Batch batch = new Batch();
            batch.put(Table.ORPHANS, Keys.of(KEYS + 1), new byte[1]);
            shard.apply(batch, false);
            copy();
            Batch more = new Batch();
            more.put(Table.ORPHANS, Keys.of(KEYS + 2), new byte[1]);
            shard.apply(more, false);
          } else {
            copy();
          }
          return digests(ranges);
        };
    assertThat(differing()).isEmpty();
  }

  @Test
  void a_change_that_is_taken_back_between_two_reads_is_no_difference() throws Exception {
    AtomicBoolean changed = new AtomicBoolean();
    secondary =
        ranges -> {
          if (changed.compareAndSet(false, true)) {
            logged(Table.ORPHANS, KEYS + 1, true);
            copy();
            List<RangeDigest> between = digests(ranges);
            logged(Table.ORPHANS, KEYS + 1, false);
            clear(KEYS + 1);
            return between;
          }
          return digests(ranges);
        };
    assertThat(differing()).isEmpty();
  }

  @Test
  void a_difference_is_seen_while_other_keys_change() throws Exception {
    clear(5000);
    secondary =
        ranges -> {
          logged(Table.XATTRS, 1, true);
          List<RangeDigest> between = digests(ranges);
          logged(Table.XATTRS, 1, false);
          return between;
        };
    assertThat(differing())
        .extracting(TableRange::getTable)
        .containsExactly(Table.ORPHANS.ordinal());
  }

  /// A change here that stands in the log.
  private void logged(Table table, long key, boolean put) throws DiskException {
    Batch batch = new Batch();
    if (put) {
      batch.put(table, Keys.of(key), new byte[1]);
    } else {
      batch.delete(table, Keys.of(key));
    }
    byte[] encoded = BatchCodec.encode(batch);
    LogTable.Addition addition = LogTable.open(here).addition();
    addition.add(batch, shard.latestBatch(), shard.latestBatch() + 1, encoded);
    shard.apply(batch, false);
  }

  /// Takes an orphan away there only.
  private void clear(long key) throws DiskException {
    Batch batch = new Batch();
    batch.delete(Table.ORPHANS, Keys.of(key));
    there.apply(batch, false);
  }

  private void copy() {
    try {
      copy(Table.ORPHANS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void without_a_second_member_nothing_is_compared() throws Exception {
    secondary = null;
    CompareShardReply reply =
        new ShardComparison(shard, content, () -> secondary)
            .run(
                CompareShardRequest.getDefaultInstance(),
                new Call(Operations.COMPARE_SHARD.code(), Call.NO_CLIENT, 0, 0));
    assertThat(reply.getCompared()).isFalse();
    assertThat(reply.getEnd()).isTrue();
  }
}
