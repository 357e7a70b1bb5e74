package org.skep.metadata.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;

class LogTableTest {
  private static final LogTable.Limits LIMITS = new LogTable.Limits(64, 10_000);
  private static final long EVERYTHING = Long.MAX_VALUE - 1;

  private final KeyValueStore store = new MemoryStore();
  private LogTable log;

  LogTableTest() throws DiskException {
    log = LogTable.open(store, LIMITS);
  }

  private void add(long previous, long number, int bytes) throws DiskException {
    Batch batch = new Batch();
    LogTable.Addition addition = log.addition();
    addition.add(batch, previous, number, new byte[bytes]);
    store.apply(batch, false);
    addition.done();
  }

  private void addAll(long from, long to) throws DiskException {
    for (long number = from; number <= to; number++) {
      add(number - 1, number, 10);
    }
  }

  private List<Long> numbers(long after) throws DiskException {
    return log.read(after, EVERYTHING, 1_000_000, 1 << 30).batches().stream()
        .map(LoggedBatch::number)
        .toList();
  }

  @Test
  void whatWasAddedIsReadFromANumberOn() throws DiskException {
    addAll(1, 5);
    assertThat(numbers(0)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(numbers(3)).containsExactly(4L, 5L);
    assertThat(numbers(5)).isEmpty();
    assertThat(log.read(2, 4, 10, 1 << 20).batches()).hasSize(2);
    assertThat(log.read(0, EVERYTHING, 10, 25).batches()).hasSize(2);
    assertThat(log.read(0, EVERYTHING, 10, 1).batches()).hasSize(1);
    assertThat(log.read(3, EVERYTHING, 10, 1 << 20).previous()).isEqualTo(3);
  }

  @Test
  void itGoesOnOverTwoLives() throws DiskException {
    addAll(1, 3);
    add(3, 1001, 10);
    addAll(1002, 1003);
    assertThat(numbers(2)).containsExactly(3L, 1001L, 1002L, 1003L);
    assertThat(log.reaches(3, 1003)).isTrue();
    assertThat(log.reaches(0, 1003)).isTrue();
    assertThat(log.reaches(1000, 1003)).as("never a batch").isFalse();
    assertThat(log.reaches(1003, 1003)).isTrue();
    assertThat(log.reaches(3, 1004)).as("the log ends too early").isFalse();
  }

  @Test
  void aGapBeginsItAnew() throws DiskException {
    addAll(1, 3);
    add(4, 5, 10);
    assertThat(numbers(0)).containsExactly(5L);
    assertThat(log.count()).isEqualTo(1);
    assertThat(log.reaches(3, 5)).isFalse();
    assertThat(log.reaches(4, 5)).isTrue();
  }

  @Test
  void itsFrontGoesBeyondTheLimitAndNotMore() throws DiskException {
    for (long number = 1; number <= 1000; number++) {
      add(number - 1, number, 10);
      assertThat(log.count()).isLessThanOrEqualTo(65 + 64 / 16);
      assertThat(log.count()).isGreaterThanOrEqualTo(Math.min(number, 60));
      assertThat(log.reaches(log.firstNumber() - 1, number)).isTrue();
    }
    assertThat(numbers(0)).hasSize((int) log.count());
  }

  @Test
  void itsFrontGoesBeyondTheBytes() throws DiskException {
    for (long number = 1; number <= 100; number++) {
      add(number - 1, number, 1000);
    }
    assertThat(log.count()).isBetween(9L, 15L);
    assertThat(log.lastNumber()).isEqualTo(100);
  }

  @Test
  void whatIsPinnedStaysUpToFourTimesTheLimit() throws DiskException {
    addAll(1, 50);
    log.pin(40);
    addAll(51, 200);
    assertThat(log.firstNumber()).isEqualTo(41);
    addAll(201, 400);
    assertThat(log.firstNumber()).isGreaterThan(41);
    log.unpin();
    addAll(401, 500);
    assertThat(log.count()).isLessThanOrEqualTo(70);
  }

  @Test
  void aReopenedLogKnowsItsSize() throws DiskException {
    addAll(1, 200);
    long count = log.count();
    log = LogTable.open(store, LIMITS);
    assertThat(log.count()).isEqualTo(count);
    assertThat(log.lastNumber()).isEqualTo(200);
    addAll(201, 300);
    assertThat(log.count()).isLessThanOrEqualTo(70);
  }

  @Test
  void itsEndCanBeCutOff() throws DiskException {
    addAll(1, 10);
    Batch batch = new Batch();
    LogTable.Addition addition = log.addition();
    addition.cutBehind(batch, 6);
    store.apply(batch, false);
    addition.done();
    assertThat(log.lastNumber()).isEqualTo(6);
    assertThat(numbers(0)).hasSize(6);
    add(6, 101, 10);
    assertThat(log.reaches(5, 101)).isTrue();
  }
}
