package org.skep.mirror.range;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// What this member has and its buddy may lack: ranges of items, or *everything*. A primary that is
/// alone adds a range before it changes it; a resync forgets a range when it is equal on both. Any
/// thread may call it.
///
/// The file `mirror/changes`: a [LogHeader], then records of 40 bytes, little-endian, which are
/// appended, and written anew when most of them are outdated:
///
/// ```
///  0 item id u64 | 8 item part u32 | 12 kind u32: 1 add, 2 forget
/// 16 start u64 | 24 end u64 | 32 zeros u32 | 36 CRC32C of bytes 0 to 35 u32
/// ```
///
/// The last record may be torn by the death of the process: its change has not begun then. Records
/// go to the page cache only; after the death of the host the log is void.
///
/// At most [#rangesMax] ranges are kept (about 100 MB of heap): beyond, all ranges of the item that
/// is added to become one; if that makes no room, everything is to be compared.
public final class ChangeLog {
  public static final int RANGES_MAX = 1_000_000;

  static final String PATH = "mirror/changes";
  private static final String NEW_PATH = "mirror/changes.new";
  static final long MAGIC = 0x474E414843504553L;
  private static final int RECORD_BYTES = 40;
  private static final int CRC_AT = 36;
  private static final int ADD = 1;
  private static final int FORGET = 2;
  private static final int OUTDATED_MIN = 8192;
  private static final int READ_RECORDS = 1024;

  private final Disk disk;
  private final int rangesMax;
  private final ReentrantLock lock = new ReentrantLock();
  // all guarded by lock
  private final TreeMap<Item, TreeMap<Long, Long>> ranges = new TreeMap<>();
  private Disk.File file;
  private LogHeader header;
  private int count;
  private long records;

  private ChangeLog(Disk disk, Disk.File file, LogHeader header, int rangesMax) {
    this.disk = disk;
    this.file = file;
    this.header = header;
    this.rangesMax = rangesMax;
  }

  /// Empty: what the file has is dropped. The header is not written.
  static ChangeLog make(Disk disk, Disk.File file, LogHeader header, int rangesMax)
      throws IOException {
    file.truncate(LogHeader.BYTES);
    return new ChangeLog(disk, file, header, rangesMax);
  }

  /// With what the file has; null if it is damaged.
  static @Nullable ChangeLog load(Disk disk, Disk.File file, LogHeader header, int rangesMax)
      throws IOException {
    ChangeLog log = new ChangeLog(disk, file, header, rangesMax);
    return log.replay() ? log : null;
  }

  private boolean replay() throws IOException {
    long total = Math.max(0, file.length() - LogHeader.BYTES) / RECORD_BYTES;
    ByteBuffer bytes =
        ByteBuffer.allocate(READ_RECORDS * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    lock.lock();
    try {
      while (records < total) {
        bytes.clear().limit((int) Math.min(READ_RECORDS, total - records) * RECORD_BYTES);
        file.read(bytes, place(records));
        bytes.flip();
        for (; bytes.remaining() >= RECORD_BYTES; records++) {
          ByteBuffer record = bytes.slice(bytes.position(), RECORD_BYTES);
          bytes.position(bytes.position() + RECORD_BYTES);
          if (!replay(record.order(ByteOrder.LITTLE_ENDIAN))) {
            // Only the last one may be torn.
            return records == total - 1;
          }
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean replay(ByteBuffer record) {
    long start = record.getLong(16);
    long end = record.getLong(24);
    if (record.getInt(CRC_AT) != LogHeader.crc(record, CRC_AT) || start < 0 || end < start) {
      return false;
    }
    ItemRange range =
        new ItemRange(new Item(record.getLong(0), record.getInt(8)), new Range(start, end));
    switch (record.getInt(12)) {
      case ADD -> insertLocked(range);
      case FORGET -> removeLocked(range);
      default -> {
        return false;
      }
    }
    return true;
  }

  /// The range is going to differ, or may differ, from the buddy's.
  ///
  /// @throws IOException if it could not be written; it is known until the process ends
  public void add(ItemRange range) throws IOException {
    lock.lock();
    try {
      if (range.range().isEmpty() || header.everything() || coversLocked(range)) {
        return;
      }
      if (count >= rangesMax && !ranges.containsKey(range.item())) {
        everythingLocked();
        return;
      }
      try {
        appendLocked(ADD, range);
      } finally {
        insertLocked(range);
      }
      if (records > 2L * count + OUTDATED_MIN) {
        compactLocked();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The range is the same on both, and nobody changes it now.
  public void forget(ItemRange range) throws IOException {
    lock.lock();
    try {
      if (!range.range().isEmpty() && touchesLocked(range)) {
        appendLocked(FORGET, range);
        removeLocked(range);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Everything is to be compared: ranges are not noted any more.
  public void addEverything() throws IOException {
    lock.lock();
    try {
      everythingLocked();
    } finally {
      lock.unlock();
    }
  }

  /// Everything was found equal, and all changes since were forwarded.
  public void forgetEverything() throws IOException {
    lock.lock();
    try {
      if (header.everything()) {
        headerLocked(
            new LogHeader(header.target(), header.group(), header.durability(), false, false));
      }
    } finally {
      lock.unlock();
    }
  }

  /// Whether no range is known to be equal.
  public boolean everything() {
    lock.lock();
    try {
      return header.everything();
    } finally {
      lock.unlock();
    }
  }

  public boolean isEmpty() {
    lock.lock();
    try {
      return count == 0 && !header.everything();
    } finally {
      lock.unlock();
    }
  }

  public int rangeCount() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  public int itemCount() {
    lock.lock();
    try {
      return ranges.size();
    } finally {
      lock.unlock();
    }
  }

  /// Up to `max` ranges in order, those of items after `after`, or all if it is null; all ranges of
  /// one item together, so that there may be more.
  public List<ItemRange> list(@Nullable Item after, int max) {
    lock.lock();
    try {
      List<ItemRange> found = new ArrayList<>();
      Map<Item, TreeMap<Long, Long>> rest = after == null ? ranges : ranges.tailMap(after, false);
      for (Map.Entry<Item, TreeMap<Long, Long>> entry : rest.entrySet()) {
        entry
            .getValue()
            .forEach(
                (start, end) -> found.add(new ItemRange(entry.getKey(), new Range(start, end))));
        if (found.size() >= max) {
          break;
        }
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /// Drops all ranges and begins the file anew with this header, which is synced.
  void reset(LogHeader fresh) throws IOException {
    lock.lock();
    try {
      file.truncate(LogHeader.BYTES);
      ranges.clear();
      count = 0;
      records = 0;
      headerLocked(fresh);
      file.sync(false);
    } finally {
      lock.unlock();
    }
  }

  /// Writes the header with another durability; ranges stay.
  void mark(long durability, boolean clean, boolean synced) throws IOException {
    lock.lock();
    try {
      headerLocked(
          new LogHeader(header.target(), header.group(), durability, clean, header.everything()));
      if (synced) {
        file.sync(false);
      }
    } finally {
      lock.unlock();
    }
  }

  void close() throws IOException {
    lock.lock();
    try {
      file.close();
    } finally {
      lock.unlock();
    }
  }

  private void everythingLocked() throws IOException {
    if (header.everything()) {
      return;
    }
    // The header first: ranges are dropped only when it is known that all are meant.
    headerLocked(new LogHeader(header.target(), header.group(), header.durability(), false, true));
    file.truncate(LogHeader.BYTES);
    ranges.clear();
    count = 0;
    records = 0;
  }

  private void headerLocked(LogHeader next) throws IOException {
    next.write(file, MAGIC);
    header = next;
  }

  private void appendLocked(int kind, ItemRange range) throws IOException {
    file.write(record(kind, range), place(records));
    records++;
  }

  private static long place(long record) {
    return LogHeader.BYTES + record * RECORD_BYTES;
  }

  private static ByteBuffer record(int kind, ItemRange range) {
    ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    record
        .putLong(0, range.item().id())
        .putInt(8, range.item().part())
        .putInt(12, kind)
        .putLong(16, range.range().start())
        .putLong(24, range.range().end());
    return record.putInt(CRC_AT, LogHeader.crc(record, CRC_AT));
  }

  /// Writes what is known now to a new file, which then takes the old one's place.
  private void compactLocked() throws IOException {
    disk.delete(NEW_PATH);
    Disk.File fresh = disk.open(NEW_PATH, true);
    boolean done = false;
    try {
      header.write(fresh, MAGIC);
      ByteBuffer batch = ByteBuffer.allocate(READ_RECORDS * RECORD_BYTES);
      long written = 0;
      for (ItemRange range : list(null, Integer.MAX_VALUE)) {
        batch.put(record(ADD, range));
        if (!batch.hasRemaining()) {
          written += flush(fresh, batch, written);
        }
      }
      written += flush(fresh, batch, written);
      disk.rename(NEW_PATH, PATH);
      done = true;
      Disk.File old = file;
      file = fresh;
      records = written;
      old.close();
    } catch (DiskException e) {
      // A full disk must not fail the change, which is noted already: the file grows on.
      if (done || e.errno() != Errno.ENOSPC.number()) {
        throw e;
      }
    } finally {
      if (!done) {
        fresh.close();
      }
    }
  }

  private static long flush(Disk.File fresh, ByteBuffer batch, long written) throws IOException {
    batch.flip();
    long count = batch.remaining() / RECORD_BYTES;
    if (count > 0) {
      fresh.write(batch, place(written));
    }
    batch.clear();
    return count;
  }

  private boolean coversLocked(ItemRange range) {
    TreeMap<Long, Long> own = ranges.get(range.item());
    if (own == null) {
      return false;
    }
    Map.Entry<Long, Long> before = own.floorEntry(range.range().start());
    return before != null && before.getValue() >= range.range().end();
  }

  private boolean touchesLocked(ItemRange range) {
    TreeMap<Long, Long> own = ranges.get(range.item());
    if (own == null) {
      return false;
    }
    Map.Entry<Long, Long> before = own.lowerEntry(range.range().end());
    return before != null && before.getValue() > range.range().start();
  }

  private void insertLocked(ItemRange range) {
    TreeMap<Long, Long> own = ranges.computeIfAbsent(range.item(), missing -> new TreeMap<>());
    count -= own.size();
    long start = range.range().start();
    long end = range.range().end();
    Map.Entry<Long, Long> before = own.floorEntry(end);
    while (before != null && before.getValue() >= start) {
      start = Math.min(start, before.getKey());
      end = Math.max(end, before.getValue());
      own.remove(before.getKey());
      before = own.floorEntry(end);
    }
    own.put(start, end);
    if (count + own.size() > rangesMax) {
      long first = own.firstKey();
      long last = own.lastEntry().getValue();
      own.clear();
      own.put(first, last);
    }
    count += own.size();
  }

  private void removeLocked(ItemRange range) {
    TreeMap<Long, Long> own = ranges.get(range.item());
    if (own == null) {
      return;
    }
    count -= own.size();
    long start = range.range().start();
    long end = range.range().end();
    Map.Entry<Long, Long> last = own.lowerEntry(end);
    while (last != null && last.getValue() > start) {
      own.remove(last.getKey());
      if (last.getValue() > end) {
        own.put(end, last.getValue());
      }
      if (last.getKey() < start) {
        own.put(last.getKey(), start);
      }
      last = own.lowerEntry(last.getKey());
    }
    count += own.size();
    if (own.isEmpty()) {
      ranges.remove(range.item());
    }
  }
}
