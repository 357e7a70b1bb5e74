package org.skep.mirror.range;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Gate;

/// The ranges that are being changed, so that they are known when the process dies in the middle: a
/// change writes its range here before it takes effect anywhere, and frees its record when it is
/// over on both members. Any thread may call it.
///
/// The file `mirror/activity`: a [LogHeader], then 512 records of 64 bytes, little-endian:
///
/// ```
///  0 item id u64 | 8 item part u32 | 12 used u32: 1, free: 0
/// 16 start u64 | 24 end u64
/// 32 zeros | 60 CRC32C of bytes 0 to 59 u32
/// ```
///
/// Records go to the page cache only: the log is about the death of the process. After that of the
/// host it is void.
public final class ActivityLog {
  /// Changes of a group in progress: more wait. Enough for 512 MiB in flight.
  public static final int RECORDS_MAX = 512;

  static final String PATH = "mirror/activity";
  static final long MAGIC = 0x564954434150454BL;
  private static final int RECORD_BYTES = 64;
  private static final int CRC_AT = 60;
  private static final long LOOK_NANOS = 50_000_000L;

  private final Disk.File file;
  private final Gate gate;
  // all guarded by gate
  private final @Nullable ItemRange[] active = new ItemRange[RECORDS_MAX];
  private final Deque<Integer> free = new ArrayDeque<>(RECORDS_MAX);

  /// A record in use.
  public static final class Entry {
    private final int index;
    private final ItemRange range;

    private Entry(int index, ItemRange range) {
      this.index = index;
      this.range = range;
    }

    public ItemRange range() {
      return range;
    }
  }

  private ActivityLog(Disk.File file, Clock clock) {
    this.file = file;
    this.gate = new Gate(clock);
  }

  /// With no record in use: those of the file are freed.
  static ActivityLog make(Disk.File file, Clock clock) throws IOException {
    ActivityLog log = new ActivityLog(file, clock);
    log.clear();
    return log;
  }

  /// With the records that the file has; null if one is damaged.
  static @Nullable ActivityLog load(Disk.File file, Clock clock) throws IOException {
    ActivityLog log = new ActivityLog(file, clock);
    ByteBuffer bytes =
        ByteBuffer.allocate(RECORDS_MAX * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (file.read(bytes, LogHeader.BYTES) < bytes.capacity()) {
      return null;
    }
    for (int i = 0; i < RECORDS_MAX; i++) {
      ByteBuffer record =
          bytes.slice(i * RECORD_BYTES, RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      long start = record.getLong(16);
      long end = record.getLong(24);
      if (record.getInt(CRC_AT) != LogHeader.crc(record, CRC_AT) || start < 0 || end < start) {
        return null;
      }
      if (record.getInt(12) == 0) {
        log.free.add(i);
      } else {
        Item item = new Item(record.getLong(0), record.getInt(8));
        log.active[i] = new ItemRange(item, new Range(start, end));
      }
    }
    return log;
  }

  /// Notes that the range is being changed from now on. Waits while all records are in use.
  ///
  /// @param goesOn asked while it waits: records may be in use until another term begins
  /// @return null if it does not go on
  public @Nullable Entry begin(ItemRange range, BooleanSupplier goesOn)
      throws IOException, InterruptedException {
    int index = take(range, goesOn);
    if (index < 0) {
      return null;
    }
    boolean written = false;
    try {
      write(index, range);
      written = true;
      return new Entry(index, range);
    } finally {
      if (!written) {
        give(index);
      }
    }
  }

  private int take(ItemRange range, BooleanSupplier goesOn) throws InterruptedException {
    gate.lock();
    try {
      while (free.isEmpty()) {
        if (!goesOn.getAsBoolean()) {
          return -1;
        }
        long _ = gate.awaitNanos(LOOK_NANOS);
      }
      int index = free.pop();
      active[index] = range;
      return index;
    } finally {
      gate.unlock();
    }
  }

  /// The change is over on both members. An entry that is never ended stays until [#clear].
  public void end(Entry entry) throws IOException {
    try {
      write(entry.index, null);
    } finally {
      // A record that stays is compared in vain after a crash; the next user overwrites it.
      give(entry.index);
    }
  }

  private void give(int index) {
    gate.lock();
    try {
      active[index] = null;
      free.push(index);
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// The ranges of all records in use.
  public List<ItemRange> active() {
    gate.lock();
    try {
      List<ItemRange> ranges = new ArrayList<>();
      for (ItemRange range : active) {
        if (range != null) {
          ranges.add(range);
        }
      }
      return ranges;
    } finally {
      gate.unlock();
    }
  }

  /// Frees all records. No change may be in progress.
  void clear() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(RECORDS_MAX * RECORD_BYTES);
    for (int i = 0; i < RECORDS_MAX; i++) {
      bytes.put(record(null));
    }
    file.write(bytes.flip(), LogHeader.BYTES);
    gate.lock();
    try {
      free.clear();
      for (int i = 0; i < RECORDS_MAX; i++) {
        active[i] = null;
        free.add(i);
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void write(int index, @Nullable ItemRange range) throws IOException {
    file.write(record(range), LogHeader.BYTES + (long) index * RECORD_BYTES);
  }

  private static ByteBuffer record(@Nullable ItemRange range) {
    ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (range != null) {
      record
          .putLong(0, range.item().id())
          .putInt(8, range.item().part())
          .putInt(12, 1)
          .putLong(16, range.range().start())
          .putLong(24, range.range().end());
    }
    return record.putInt(CRC_AT, LogHeader.crc(record, CRC_AT));
  }

  Disk.File file() {
    return file;
  }
}
