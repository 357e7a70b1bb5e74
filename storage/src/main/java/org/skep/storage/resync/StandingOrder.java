package org.skep.storage.resync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.storage.resync.ResyncRun.Order;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an administrator wants of the resyncs of a primary's secondary, until one has done it: also
/// after this process. The file `mirror/order`, 64 bytes, little-endian; without it nothing is
/// wanted:
///
/// ```
///  0 magic u64 | 8 format version u32 | 12 group u32
/// 16 secondary u32 | 20 flags u32: 1 since a time, 2 everything
/// 24 the group's epoch u64, which has its life | 32 since, seconds since 1970 u64 | 40 zeros
/// 60 CRC32C of bytes 0 to 59 u32
/// ```
///
/// An order is about one group and one secondary. It is over ([#settle]) when the secondary has
/// become Good since, whoever did it, and when this member is no primary of that group any more.
///
/// A file that can't be read or is damaged wants that everything is compared. Not safe for threads.
final class StandingOrder {
  private static final Logger LOG = LoggerFactory.getLogger(StandingOrder.class);
  static final String PATH = "mirror/order";
  private static final String DIRECTORY = "mirror";
  private static final String NEW_PATH = PATH + ".new";
  private static final long MAGIC = 0x524544524F50534BL;
  private static final int VERSION = 1;
  private static final int BYTES = 64;
  private static final int CRC_AT = 60;
  private static final int SINCE = 1;
  private static final int EVERYTHING = 2;

  private final Disk disk;
  // null: nothing is wanted
  private @Nullable Entry entry;

  /// @param epoch of the group when it was ordered
  /// @param inherited from an earlier process, which may have died before management heard of it
  private record Entry(int group, int secondary, long epoch, Order order, boolean inherited) {

    /// Of a file that can't be read: of whatever group this is.
    static final Entry UNREADABLE = new Entry(0, 0, 0, new Order(null, true), true);

    boolean isUnreadable() {
      return group == 0;
    }

    boolean isAbout(GroupView view) {
      Target buddy = view.buddy();
      return buddy != null
          && (isUnreadable()
              || (BuddyGroup.lifeId(group, epoch) == view.groupLifeId()
                  && secondary == buddy.id()));
    }
  }

  private StandingOrder(Disk disk) {
    this.disk = disk;
  }

  /// Takes up what an earlier process was told.
  static StandingOrder open(Disk disk) {
    StandingOrder standing = new StandingOrder(disk);
    try {
      standing.entry = standing.read();
    } catch (IOException e) {
      LOG.error("{}: {} can't be read: {}", disk.name(), PATH, e.getMessage());
      standing.entry = Entry.UNREADABLE;
    }
    return standing;
  }

  /// What is wanted of a run as this view's primary.
  Order of(GroupView view) {
    Entry now = entry;
    return now != null && now.isAbout(view) ? now.order() : Order.NONE;
  }

  /// Wants it as well; on the disk when this returns. An earlier time, or everything, that is still
  /// wanted stays so, unless this is another time.
  ///
  /// @param view of a primary with a secondary
  /// @param anew what is wanted of times so far is not any more: everything is compared instead
  /// @throws IOException nothing has changed
  void add(GroupView view, Order more, boolean anew) throws IOException {
    settle(view);
    Order old = of(view);
    Long since = more.sinceSeconds();
    boolean everything = more.everything() || old.everything();
    if (since == null && anew) {
      everything |= old.sinceSeconds() != null;
    } else if (since == null) {
      since = old.sinceSeconds();
    }
    Order order = new Order(since, everything);
    if (order.equals(Order.NONE)) {
      return;
    }
    Target secondary = Objects.requireNonNull(view.buddy());
    Entry next = new Entry(view.groupId(), secondary.id(), view.epoch(), order, false);
    write(next);
    entry = next;
  }

  /// To be given to [#takeBack].
  Object state() {
    return entry == null ? Order.NONE : entry;
  }

  /// Who ordered it hears that it failed: as it was before, unless there is another order by now.
  /// What can't be taken off the disk may be done by the next process.
  void takeBack(Object ordered, Object before) {
    if (!state().equals(ordered) || ordered.equals(before)) {
      return;
    }
    if (before instanceof Entry old && !old.isUnreadable()) {
      try {
        write(old);
        entry = old;
      } catch (IOException e) {
        LOG.warn("{}: {} can't be written: {}", disk.name(), PATH, e.getMessage());
      }
    } else {
      forget();
    }
  }

  /// Nothing is wanted any more. What can't be taken off the disk may be taken up by the next
  /// process.
  void forget() {
    if (entry == null) {
      return;
    }
    entry = null;
    try {
      if (disk.delete(PATH)) {
        disk.syncDirectory(DIRECTORY);
      }
    } catch (IOException e) {
      LOG.warn("{}: {} can't be removed: {}", disk.name(), PATH, e.getMessage());
    }
  }

  /// Forgets it if it is over by what the view says.
  void settle(GroupView view) {
    Entry now = entry;
    if (now != null && isOver(now, view)) {
      LOG.info("{}: the resync that was ordered is not wanted any more", view.text());
      forget();
    }
  }

  private static boolean isOver(Entry now, GroupView view) {
    if (view.mapVersion() == 0) {
      return false;
    }
    if (!view.role().isPrimary() || !now.isAbout(view)) {
      return true;
    }
    // In the order's own epoch management may be about to call the secondary Needs-resync; an
    // earlier process was not answered then, and neither was who asked it.
    return view.role() == Role.PRIMARY_OF_PAIR && (now.inherited() || view.epoch() > now.epoch());
  }

  private void write(Entry next) throws IOException {
    Order order = next.order();
    Long since = order.sinceSeconds();
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .putLong(0, MAGIC)
        .putInt(8, VERSION)
        .putInt(12, next.group())
        .putInt(16, next.secondary())
        .putInt(20, (since == null ? 0 : SINCE) | (order.everything() ? EVERYTHING : 0))
        .putLong(24, next.epoch())
        .putLong(32, since == null ? 0 : since)
        .putInt(CRC_AT, crc(bytes));
    disk.createDirectories(DIRECTORY);
    try (Disk.File file = disk.open(NEW_PATH, true)) {
      file.truncate(0);
      file.write(bytes, 0);
      file.sync(false);
    }
    disk.rename(NEW_PATH, PATH);
    disk.syncDirectory(DIRECTORY);
    disk.syncDirectory("");
  }

  private @Nullable Entry read() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int count;
    try (Disk.File file = disk.open(PATH, false)) {
      count = file.read(bytes, 0);
    } catch (DiskException e) {
      if (e.errno() == Errno.ENOENT.number()) {
        return null;
      }
      throw e;
    }
    if (count < BYTES || bytes.getLong(0) != MAGIC || bytes.getInt(CRC_AT) != crc(bytes)) {
      throw new IOException("it is damaged");
    }
    if (bytes.getInt(8) != VERSION) {
      throw new IOException("it has format version " + bytes.getInt(8) + ", not " + VERSION);
    }
    int flags = bytes.getInt(20);
    Order order =
        new Order((flags & SINCE) != 0 ? bytes.getLong(32) : null, (flags & EVERYTHING) != 0);
    return new Entry(bytes.getInt(12), bytes.getInt(16), bytes.getLong(24), order, true);
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), bytes.arrayOffset(), CRC_AT);
    return (int) crc.getValue();
  }
}
