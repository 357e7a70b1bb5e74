package org.skep.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.real.RealClock;

/// A read waits for the changes of what it has seen, and for no others.
class LatestChangesTest {
  private static final long DIRECTORY = 0x0001_0000_0000_0002L;
  private static final long FILE = 0x0001_0000_0000_0003L;
  private static final long OTHER = 0x0001_0000_0000_0004L;

  private static Batch entry(long directory) {
    Batch batch = new Batch();
    batch.put(Table.ENTRIES, Keys.of(directory, ByteString.copyFromUtf8("name")), new byte[] {1});
    return batch;
  }

  @Test
  void theLatestBatchOfAnyOfTheInodesCounts() {
    LatestChanges changes = new LatestChanges();
    changes.note(entry(DIRECTORY), 7);
    Batch removed = new Batch();
    removed.delete(Table.INODES, Keys.of(FILE));
    changes.note(removed, 9);
    assertThat(changes.of(DIRECTORY)).isEqualTo(7);
    assertThat(changes.of(FILE)).isEqualTo(9);
    assertThat(changes.of(FILE, DIRECTORY)).isEqualTo(9);
    assertThat(changes.of(OTHER)).isZero();
    changes.note(entry(DIRECTORY), 12);
    assertThat(changes.of(FILE, DIRECTORY)).isEqualTo(12);
  }

  @Test
  void aRangeOfKeysMayBeAnyInodes() {
    LatestChanges changes = new LatestChanges();
    Batch batch = new Batch();
    batch.deleteRange(Table.XATTRS, Keys.of(FILE), Keys.of(FILE + 1));
    changes.note(batch, 4);
    assertThat(changes.of(OTHER)).isEqualTo(4);
  }

  @Test
  void whatIsOfNoInodeIsNotWaitedFor() {
    LatestChanges changes = new LatestChanges();
    Batch batch = new Batch();
    batch.put(Table.REPLIES, Keys.of(FILE, 1), new byte[0]);
    batch.put(Table.SESSIONS, Keys.of(FILE), new byte[0]);
    batch.delete(Table.META, new byte[] {3});
    changes.note(batch, 4);
    assertThat(changes.of(FILE)).isZero();
  }

  /// Writes down for which numbers a shard waits.
  private static final class Asked implements Replication {
    private final List<Long> numbers = new ArrayList<>();

    @Override
    public void awaitRoom() {}

    @Override
    public byte[] log(Batch batch, long previous, long number) {
      return new byte[0];
    }

    @Override
    public void applied(long number, byte[] encoded) {}

    @Override
    public void diskFailed(DiskException reason) {}

    @Override
    public boolean isRequired() {
      return true;
    }

    @Override
    public void beginSync(long number) {}

    @Override
    public void awaitAcknowledged(long number) {
      numbers.add(number);
    }

    @Override
    public void awaitSynced(long number) {}

    @Override
    public void end() {}
  }

  @Test
  void aShardAsksForTheLatestChangeOfTheInodesAndForAllOfEarlierLives() throws Exception {
    Asked asked = new Asked();
    Shard shard = new Shard(1, new MemoryStore(), new RealClock(), asked, 5);
    long first = shard.latestBatch();
    shard.apply(entry(DIRECTORY), false);
    shard.apply(entry(OTHER), false);
    shard.awaitAcknowledgedOf(DIRECTORY);
    shard.awaitAcknowledgedOf(OTHER, DIRECTORY);
    shard.awaitAcknowledgedOf(FILE);
    shard.awaitAcknowledged();
    assertThat(asked.numbers).containsExactly(first + 1, first + 2, first, first + 2);
  }
}
