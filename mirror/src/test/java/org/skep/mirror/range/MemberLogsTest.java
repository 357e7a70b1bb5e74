package org.skep.mirror.range;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.skep.mirror.range.MemberLogs.Condition;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Disk;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.twin.MemoryDisk;

class MemberLogsTest {
  private static final String CONTENT = "mirrored";
  private static final Item FIRST = new Item(1, 0);
  private static final Item SECOND = new Item(1, 1);
  private final Clock clock = new RealClock();
  private final MemoryDisk disk = new MemoryDisk("disk");

  private MemberLogs open() throws IOException {
    return MemberLogs.open(disk, clock, CONTENT);
  }

  private MemberLogs begun() throws IOException {
    MemberLogs logs = open();
    logs.begin(101, 7);
    return logs;
  }

  private static ItemRange range(Item item, long start, long end) {
    return new ItemRange(item, new Range(start, end));
  }

  private static List<ItemRange> all(ChangeLog log) {
    return log.list(null, Integer.MAX_VALUE);
  }

  @Test
  void what_was_in_progress_is_known_after_the_death_of_the_process() throws Exception {
    MemberLogs logs = begun();
    ActivityLog.Entry over = logs.activity().begin(range(FIRST, 0, 10), () -> true);
    ActivityLog.Entry _ = logs.activity().begin(range(SECOND, 5, Long.MAX_VALUE), () -> true);
    logs.activity().end(over);
    logs.changes().add(range(FIRST, 100, 200));
    logs.changes().add(range(FIRST, 150, 300));
    logs.changes().forget(range(FIRST, 120, 130));
    MemberLogs next = open();
    assertThat(next.condition()).isEqualTo(Condition.SOUND);
    assertThat(next.unsure()).isFalse();
    next.begin(101, 7);
    assertThat(next.activity().active()).containsExactly(range(SECOND, 5, Long.MAX_VALUE));
    assertThat(all(next.changes())).containsExactly(range(FIRST, 100, 120), range(FIRST, 130, 300));
  }

  @Test
  void a_new_target_is_sure_and_one_whose_logs_are_gone_is_not() throws Exception {
    assertThat(open().condition()).isEqualTo(Condition.FRESH);
    assertThat(open().unsure()).isFalse();
    disk.createDirectories(CONTENT + "/00");
    assertThat(open().unsure()).isTrue();
    MemberLogs _ = begun();
    assertThat(open().unsure()).isTrue();
  }

  @Test
  void after_the_death_of_the_host_the_logs_are_void_unless_they_were_marked_clean()
      throws Exception {
    MemberLogs logs = begun();
    logs.changes().add(range(FIRST, 0, 10));
    logs.markClean();
    disk.crash();
    MemberLogs second = open();
    assertThat(second.condition()).isEqualTo(Condition.SOUND);
    second.begin(101, 7);
    assertThat(all(second.changes())).containsExactly(range(FIRST, 0, 10));
    disk.crash();
    MemberLogs third = open();
    assertThat(third.condition()).isEqualTo(Condition.VOID);
    third.begin(101, 7);
    assertThat(third.unsure()).isTrue();
    third.reset(true);
    assertThat(third.changes().everything()).isTrue();
    assertThat(open().condition()).isEqualTo(Condition.SOUND);
  }

  @Test
  void a_host_that_dies_at_once_does_not_make_the_target_look_new() throws Exception {
    MemberLogs _ = begun();
    disk.crash();
    assertThat(open().unsure()).isTrue();
  }

  @Test
  void void_logs_stay_void_over_a_restart_of_the_process() throws Exception {
    MemberLogs logs = begun();
    logs.makeVoid();
    logs.markClean();
    assertThat(open().condition()).isEqualTo(Condition.VOID);
  }

  @Test
  void another_group_begins_with_empty_logs() throws Exception {
    begun().changes().add(range(FIRST, 0, 10));
    MemberLogs logs = open();
    logs.begin(101, 8);
    assertThat(logs.changes().isEmpty()).isTrue();
    assertThat(logs.unsure()).isFalse();
    MemberLogs again = open();
    again.begin(101, 8);
    assertThat(again.changes().isEmpty()).isTrue();
    assertThat(again.condition()).isEqualTo(Condition.SOUND);
  }

  @Test
  void a_torn_last_record_of_a_change_is_a_change_that_has_not_begun() throws Exception {
    MemberLogs logs = begun();
    logs.changes().add(range(FIRST, 0, 10));
    logs.changes().add(range(SECOND, 0, 10));
    try (Disk.File file = disk.open(ChangeLog.PATH, false)) {
      long last = LogHeader.BYTES + 40;
      file.write(ByteBuffer.wrap(new byte[20]), last + 20);
    }
    MemberLogs next = open();
    assertThat(next.condition()).isEqualTo(Condition.SOUND);
    assertThat(all(next.changes())).containsExactly(range(FIRST, 0, 10));
    next.begin(101, 7);
    next.changes().add(range(SECOND, 0, 5));
    assertThat(all(open().changes())).containsExactly(range(FIRST, 0, 10), range(SECOND, 0, 5));
  }

  @Test
  void another_life_of_the_group_begins_with_new_logs() throws Exception {
    begun().changes().add(range(FIRST, 0, 10));
    long secondLife = (1L << 32) + 7;
    MemberLogs logs = open();
    logs.begin(101, secondLife, true);
    assertThat(logs.changes().everything()).isTrue();
    MemberLogs next = open();
    next.begin(101, secondLife);
    assertThat(next.changes().everything()).isTrue();
    next.begin(101, 2 * (1L << 32) + 7);
    assertThat(next.changes().isEmpty()).isTrue();
  }

  @Test
  void a_damaged_record_in_the_middle_makes_the_logs_void() throws Exception {
    MemberLogs logs = begun();
    logs.changes().add(range(FIRST, 0, 10));
    logs.changes().add(range(SECOND, 0, 10));
    disk.flip(ChangeLog.PATH, LogHeader.BYTES + 17);
    assertThat(open().condition()).isEqualTo(Condition.VOID);
    logs.reset(false);
    disk.flip(ActivityLog.PATH, LogHeader.BYTES + 64 * 100);
    assertThat(open().condition()).isEqualTo(Condition.VOID);
  }

  @Test
  void beyond_its_limit_the_change_log_becomes_coarse_but_forgets_nothing() throws Exception {
    MemberLogs logs = MemberLogs.open(disk, clock, CONTENT, 4);
    logs.begin(101, 7);
    for (int i = 0; i < 6; i++) {
      logs.changes().add(range(FIRST, 100 * i, 100 * i + 10));
    }
    assertThat(logs.changes().rangeCount()).isLessThanOrEqualTo(4);
    assertThat(all(logs.changes()).getFirst().range().start()).isZero();
    assertThat(all(logs.changes()).getLast().range().end()).isEqualTo(510);
    for (int i = 2; i < 6; i++) {
      logs.changes().add(range(new Item(i, 0), 0, 1));
    }
    assertThat(logs.changes().everything() || logs.changes().rangeCount() <= 4).isTrue();
    assertThat(logs.changes().isEmpty()).isFalse();
  }

  @Test
  void the_change_log_is_what_an_array_of_bits_would_be_also_after_a_restart() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    MemberLogs logs = begun();
    BitSet model = new BitSet();
    for (int step = 0; step < 30_000; step++) {
      int start = random.nextInt(1000);
      int end = start + random.nextInt(1, 30);
      if (random.nextInt(3) > 0) {
        model.set(start, end);
        logs.changes().add(range(FIRST, start, end));
      } else {
        model.clear(start, end);
        logs.changes().forget(range(FIRST, start, end));
      }
      if (step % 5000 == 4999) {
        logs = open();
        logs.begin(101, 7);
      }
      if (step % 50 == 0) {
        assertThat(bits(all(logs.changes()))).isEqualTo(model);
      }
    }
    try (Disk.File file = disk.open(ChangeLog.PATH, false)) {
      assertThat(file.length()).isLessThan(1 << 20);
    }
  }

  private static BitSet bits(List<ItemRange> ranges) {
    BitSet bits = new BitSet();
    ranges.forEach(one -> bits.set((int) one.range().start(), (int) one.range().end()));
    return bits;
  }

  @Test
  void more_changes_than_records_wait() throws Exception {
    ActivityLog log = begun().activity();
    List<ActivityLog.Entry> entries = new ArrayList<>();
    for (int i = 0; i < ActivityLog.RECORDS_MAX; i++) {
      entries.add(log.begin(range(FIRST, i, i + 1), () -> true));
    }
    assertThat(log.active()).hasSize(ActivityLog.RECORDS_MAX);
    List<ItemRange> late = new ArrayList<>();
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              try {
                late.add(log.begin(range(SECOND, 0, 1), () -> true).range());
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertThat(log.begin(range(SECOND, 0, 1), () -> false)).isNull();
    log.end(entries.getFirst());
    waiting.join();
    assertThat(late).containsExactly(range(SECOND, 0, 1));
  }

  @Test
  void readers_see_only_what_is_over_on_both() {
    Unconfirmed unconfirmed = new Unconfirmed();
    ItemRange range = range(FIRST, 0, 10);
    assertThat(unconfirmed.isReadable(range)).isFalse();
    // An earlier life of this process may have applied changes up to 5.
    unconfirmed.confirm(5, 3);
    assertThat(unconfirmed.isReadable(range)).isFalse();
    unconfirmed.mark(6);
    assertThat(unconfirmed.isReadable(range)).isTrue();
    unconfirmed.add(7, range(FIRST, 9, 20));
    assertThat(unconfirmed.isReadable(range)).isFalse();
    assertThat(unconfirmed.isReadable(range(FIRST, 20, 30))).isTrue();
    assertThat(unconfirmed.isReadable(range(SECOND, 9, 20))).isTrue();
    unconfirmed.mark(8);
    assertThat(unconfirmed.isReadable(range)).isTrue();
    for (int i = 0; i <= Unconfirmed.RANGES_MAX; i++) {
      unconfirmed.add(100 + i, range(SECOND, i, i + 1));
    }
    assertThat(unconfirmed.isReadable(range)).isFalse();
    unconfirmed.mark(100 + Unconfirmed.RANGES_MAX + 1);
    assertThat(unconfirmed.isReadable(range)).isTrue();
    unconfirmed.clear();
    assertThat(unconfirmed.isReadable(range)).isFalse();
  }
}
