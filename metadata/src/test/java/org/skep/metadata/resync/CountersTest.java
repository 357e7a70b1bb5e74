package org.skep.metadata.resync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.replication.BatchCodec;
import org.skep.metadata.replication.LoggedBatch;
import org.skep.metadata.replication.StoredEntry;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.wire.message.ShardResyncStatsReply;

/// The statistics of a resync say what was done and what was not.
class CountersTest {
  private static final int DIRECTORY = 040755;
  private static final int FILE = 0100644;
  private static final List<StoredEntry> SOME =
      List.of(
          inode(7, DIRECTORY),
          inode(8, FILE),
          inode(9, FILE),
          new StoredEntry(Table.ENTRIES, Keys.of(7, 1), new byte[20]),
          new StoredEntry(Table.ENTRIES, Keys.of(6, 1), new byte[20]),
          new StoredEntry(Table.XATTRS, Keys.of(7, 1), new byte[1]),
          new StoredEntry(Table.OPENINGS, Keys.of(8, 1), new byte[1]),
          new StoredEntry(Table.SESSIONS, Keys.of(99), new byte[1]),
          new StoredEntry(Table.DECISIONS, Keys.of(1, 2), null));

  private final Counters counters = new Counters();

  private static StoredEntry inode(long inode, int mode) {
    byte[] record = InodeRecord.newBuilder().setMode(mode).build().toByteArray();
    return new StoredEntry(Table.INODES, Keys.of(inode), record);
  }

  private ShardResyncStatsReply stats() {
    ShardResyncStatsReply.Builder reply = ShardResyncStatsReply.newBuilder();
    counters.fill(reply, false, 1_000_000_000L);
    return reply.build();
  }

  @Test
  void comparedAndCopied() {
    counters.copies();
    counters.compared(Table.INODES, 100, 5_000);
    counters.compared(Table.SESSIONS, 3, 300);
    counters.equal(Table.SESSIONS, 2);
    counters.sending(SOME);
    counters.copied(SOME);
    ShardResyncStatsReply stats = stats();
    assertThat(stats.getByCopy()).isTrue();
    assertThat(stats.getBytesCompared()).isEqualTo(5_300);
    assertThat(stats.getBytesSent())
        .isEqualTo(SOME.stream().mapToLong(StoredEntry::bytes).sum())
        .isPositive();
    assertThat(stats.getBytesPerSecond()).isEqualTo(5_300 + stats.getBytesSent());
    assertThat(stats.getDiscoveredDirectories()).isEqualTo(1);
    assertThat(stats.getDiscoveredFiles()).isEqualTo(99);
    assertThat(stats.getSyncedDirectories()).isEqualTo(1);
    assertThat(stats.getSyncedFiles()).isEqualTo(2);
    assertThat(stats.getSessionsToSync()).isEqualTo(3);
    assertThat(stats.getSyncedSessions()).isEqualTo(2);
    assertThat(errors(stats)).containsOnly(0L);
  }

  private static List<Long> errors(ShardResyncStatsReply stats) {
    return List.of(
        stats.getDiscoveryErrors(),
        stats.getDirectoryErrors(),
        stats.getFileErrors(),
        stats.getSessionError() ? 1L : 0L,
        stats.getModificationErrors());
  }

  @Test
  void whatTheSecondaryDidNotTakeIsNamed() {
    counters.sending(SOME);
    counters.failed();
    assertThat(errors(stats())).containsExactly(0L, 2L, 2L, 1L, 1L);
    assertThat(stats().getSyncedFiles()).isZero();
  }

  @Test
  void whatWasTakenIsNoError() {
    counters.sending(SOME);
    counters.undone(SOME);
    counters.failed();
    assertThat(errors(stats())).containsExactly(1L, 0L, 0L, 0L, 0L);
    assertThat(stats().getDiscoveredFiles()).isEqualTo(2);
    assertThat(stats().getSyncedFiles()).isEqualTo(2);
    assertThat(stats().getSyncedSessions()).isEqualTo(1);
  }

  @Test
  void aRangeThatIsToBecomeEmptyCountsToo() {
    counters.sending(List.of());
    counters.failed();
    assertThat(errors(stats())).containsExactly(0L, 0L, 0L, 0L, 1L);
  }

  @Test
  void batchesOfTheLog() {
    Batch batch = new Batch();
    StoredEntry directory = inode(7, DIRECTORY);
    batch.put(directory.table(), directory.key(), directory.value());
    batch.delete(Table.INODES, Keys.of(8));
    batch.put(Table.SESSIONS, Keys.of(99), new byte[4]);
    List<LoggedBatch> batches = List.of(new LoggedBatch(5, BatchCodec.encode(batch)));
    counters.appending(batches);
    counters.appended(batches);
    assertThat(stats().getSyncedModifications()).isEqualTo(1);
    assertThat(stats().getSyncedDirectories()).isEqualTo(1);
    assertThat(stats().getSyncedSessions()).isEqualTo(1);
    assertThat(stats().getBytesCompared()).isZero();
    counters.appending(batches);
    counters.failed();
    assertThat(errors(stats())).containsExactly(0L, 0L, 0L, 0L, 1L);
    assertThat(stats().getSyncedModifications()).isEqualTo(1);
  }
}
