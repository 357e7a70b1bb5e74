package org.skep.metadata.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// Whether a mirrored target's store may lack changes that were acknowledged: the file
/// `mirror/life`, little-endian.
///
/// ```
///  0 magic "SKEPLIFE" | 8 format version u32 | 12 flags u32: 1 clean
/// 16 durability u64: life of the page cache (Disk.durability) in which the store is complete; 0: void
/// 24 zeros u32 | 28 CRC32C of bytes 0 to 27 u32
/// ```
///
/// | condition | when | the target is |
/// | --- | --- | --- |
/// | NONE | no file: it was never mirrored, or is not any more | sure |
/// | SOUND | it was stopped cleanly, or nothing of this host's page cache was lost since [#begin] | sure |
/// | VOID | else, or a sync failed | *unsure* |
///
/// Called by the thread that starts the service, then by the member's; [#makeVoid] and the
/// questions by any.
public final class StoreLife {
  static final String DIRECTORY = "mirror";
  static final String PATH = "mirror/life";
  private static final long MAGIC = 0x4546494C50454B53L;
  private static final int VERSION = 1;
  private static final int CLEAN = 1;
  private static final int BYTES = 32;
  private static final int CRC_AT = 28;

  private final Disk disk;
  // guarded by this
  private Condition condition = Condition.NONE;
  private long durability;
  private boolean markedClean;

  /// See the class.
  public enum Condition {
    NONE,
    SOUND,
    VOID
  }

  private StoreLife(Disk disk) {
    this.disk = disk;
  }

  /// Reads what is there; changes nothing.
  ///
  /// @throws IOException also if the file is of another version, naming it
  public static StoreLife open(Disk disk) throws IOException {
    StoreLife life = new StoreLife(disk);
    life.load();
    return life;
  }

  private synchronized void load() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (Disk.File file = disk.open(PATH, false)) {
      condition = Condition.VOID;
      if (file.read(bytes, 0) < BYTES
          || bytes.getLong(0) != MAGIC
          || bytes.getInt(CRC_AT) != crc(bytes)) {
        return;
      }
    } catch (DiskException e) {
      if (e.errno() == Errno.ENOENT.number()) {
        return;
      }
      throw e;
    }
    if (bytes.getInt(8) != VERSION) {
      throw new IOException(
          disk.name() + "/" + PATH + " has format version " + bytes.getInt(8) + ", not " + VERSION);
    }
    long present = disk.durability();
    long stored = bytes.getLong(16);
    if ((bytes.getInt(12) & CLEAN) != 0 || (stored != 0 && stored == present)) {
      condition = Condition.SOUND;
      durability = present;
      markedClean = (bytes.getInt(12) & CLEAN) != 0;
    }
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), bytes.arrayOffset(), CRC_AT);
    return (int) crc.getValue();
  }

  public synchronized Condition condition() {
    return condition;
  }

  /// Whether changes that were acknowledged may be missing.
  public synchronized boolean unsure() {
    return condition == Condition.VOID
        || (condition == Condition.SOUND && durability != disk.durability());
  }

  /// The store is complete, and it is going to be changed: not clean from now on, on the disk.
  synchronized void begin() throws IOException {
    long present = disk.durability();
    if (condition != Condition.SOUND || markedClean || durability != present) {
      write(present, false);
    }
  }

  /// The store may lack changes, now and after a restart, until [#begin].
  synchronized void makeVoid() throws IOException {
    if (condition == Condition.SOUND) {
      condition = Condition.VOID;
      write(0, false);
    }
  }

  /// Everything is on the disk, and nothing is going to be changed.
  synchronized void markClean() throws IOException {
    if (condition == Condition.SOUND && !unsure()) {
      write(durability, true);
    }
  }

  /// It is not mirrored any more: whatever it lacks, nobody has more.
  synchronized void forget() throws IOException {
    if (condition != Condition.NONE) {
      boolean _ = disk.delete(PATH);
      disk.syncDirectory(DIRECTORY);
      condition = Condition.NONE;
    }
  }

  private void write(long life, boolean clean) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .putLong(0, MAGIC)
        .putInt(8, VERSION)
        .putInt(12, clean ? CLEAN : 0)
        .putLong(16, life)
        .putInt(CRC_AT, crc(bytes));
    boolean fresh = !disk.exists(PATH);
    disk.createDirectories(DIRECTORY);
    try (Disk.File file = disk.open(PATH, true)) {
      file.write(bytes, 0);
      file.sync(false);
    }
    if (fresh) {
      // A name that is lost with the host would look like a target that was never mirrored.
      disk.syncDirectory(DIRECTORY);
      disk.syncDirectory("");
    }
    durability = life;
    markedClean = clean;
    condition = life == 0 ? Condition.VOID : Condition.SOUND;
  }
}
