package org.skep.mirror.range;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// The logs of one member: [ActivityLog] and [ChangeLog], below `mirror/`, and whether they are
/// true. Called by the thread that starts the service, then by its [GroupMember].
///
/// | condition | when | the member is |
/// | --- | --- | --- |
/// | FRESH | no logs, and nothing mirrored | new |
/// | SOUND | both are this target's and nothing of this host's page cache was lost since | sure |
/// | VOID | one is missing, damaged or outdated while something mirrored is there; or a sync failed | *unsure*: acknowledged changes may be lost |
public final class MemberLogs {
  static final String DIRECTORY = "mirror";

  private final Disk disk;
  private final Clock clock;
  private final int rangesMax;
  private volatile Condition condition = Condition.FRESH;
  private int target;
  // as the logs say, with its life; 0: not known
  private long group;
  private volatile @Nullable ActivityLog activity;
  private volatile @Nullable ChangeLog changes;
  // of the logs; 0: void
  private volatile long durability;

  /// See the class.
  public enum Condition {
    FRESH,
    SOUND,
    VOID
  }

  private MemberLogs(Disk disk, Clock clock, int rangesMax) {
    this.disk = disk;
    this.clock = clock;
    this.rangesMax = rangesMax;
  }

  /// Reads what is there; changes nothing.
  ///
  /// @param contentDirectory where what is mirrored stands; missing or empty: nothing is
  public static MemberLogs open(Disk disk, Clock clock, String contentDirectory)
      throws IOException {
    return open(disk, clock, contentDirectory, ChangeLog.RANGES_MAX);
  }

  static MemberLogs open(Disk disk, Clock clock, String contentDirectory, int rangesMax)
      throws IOException {
    MemberLogs logs = new MemberLogs(disk, clock, rangesMax);
    logs.load(!disk.list(contentDirectory).isEmpty());
    return logs;
  }

  private void load(boolean hasContent) throws IOException {
    Disk.File activityFile = openExisting(ActivityLog.PATH);
    Disk.File changesFile = openExisting(ChangeLog.PATH);
    try {
      boolean sound =
          activityFile != null && changesFile != null && load(activityFile, changesFile);
      boolean fresh = activityFile == null && changesFile == null && !hasContent;
      condition = sound ? Condition.SOUND : fresh ? Condition.FRESH : Condition.VOID;
    } finally {
      if (condition != Condition.SOUND) {
        closeFile(activityFile);
        closeFile(changesFile);
        activity = null;
        changes = null;
      }
    }
  }

  private boolean load(Disk.File activityFile, Disk.File changesFile) throws IOException {
    LogHeader first = LogHeader.read(activityFile, ActivityLog.MAGIC, ActivityLog.PATH);
    LogHeader second = LogHeader.read(changesFile, ChangeLog.MAGIC, ChangeLog.PATH);
    long present = disk.durability();
    if (first == null
        || second == null
        || first.target() != second.target()
        || first.group() != second.group()) {
      return false;
    }
    target = first.target();
    group = first.group();
    if (!first.isTrueIn(present) || !second.isTrueIn(present)) {
      return false;
    }
    activity = ActivityLog.load(activityFile, clock);
    changes = ChangeLog.load(disk, changesFile, second, rangesMax);
    durability = present;
    return activity != null && changes != null;
  }

  private Disk.@Nullable File openExisting(String path) throws IOException {
    try {
      return disk.open(path, false);
    } catch (DiskException e) {
      if (e.errno() == Errno.ENOENT.number()) {
        return null;
      }
      throw e;
    }
  }

  private static void closeFile(Disk.@Nullable File file) throws IOException {
    if (file != null) {
      file.close();
    }
  }

  /// Whether acknowledged changes may be lost here, or those that are not equal on both are not
  /// known.
  public boolean unsure() {
    return condition == Condition.VOID || durabilityLost();
  }

  /// Whether a sync failed, or the host's page cache was lost, since the logs were begun.
  public boolean durabilityLost() {
    return condition == Condition.SOUND && durability != disk.durability();
  }

  public Condition condition() {
    return condition;
  }

  /// From now on they are those of this target and group: new ones are made if there are none, or
  /// those that are there belong to another group, or to another life of this one: what they say
  /// means nothing here. Void ones of this group stay void. Sound ones are not clean any more, on
  /// the disk too, before this returns.
  void begin(int targetId, long groupLifeId) throws IOException {
    begin(targetId, groupLifeId, false);
  }

  /// As above.
  ///
  /// @param groupLifeId [org.skep.cluster.BuddyGroup#lifeId]
  /// @param behind it lacks what its group has: of new logs, nothing is known to be equal
  void begin(int targetId, long groupLifeId, boolean behind) throws IOException {
    boolean another = group != 0 && (target != targetId || group != groupLifeId);
    target = targetId;
    group = groupLifeId;
    if (condition == Condition.FRESH || another) {
      reset(behind);
    } else if (condition == Condition.SOUND) {
      headers(durability, false, true);
    }
  }

  /// Makes them anew: no range is active, none has changed, or `everything`. Sound then.
  void reset(boolean everything) throws IOException {
    long present = disk.durability();
    disk.createDirectories(DIRECTORY);
    LogHeader header = new LogHeader(target, group, present, false, everything);
    ActivityLog oldActivity = activity;
    if (oldActivity == null) {
      activity = ActivityLog.make(disk.open(ActivityLog.PATH, true), clock);
    } else {
      oldActivity.clear();
    }
    ChangeLog oldChanges = changes;
    if (oldChanges == null) {
      oldChanges = ChangeLog.make(disk, disk.open(ChangeLog.PATH, true), header, rangesMax);
      changes = oldChanges;
    }
    header.write(activity().file(), ActivityLog.MAGIC);
    activity().file().sync(false);
    oldChanges.reset(header);
    // Names that are lost with the host would look like a new target.
    disk.syncDirectory(DIRECTORY);
    disk.syncDirectory("");
    durability = present;
    condition = Condition.SOUND;
  }

  /// They are worth nothing any more, now and after a restart of the process, until [#reset].
  void makeVoid() throws IOException {
    if (condition == Condition.SOUND) {
      condition = Condition.VOID;
      headers(0, false, false);
    }
  }

  /// All that was written is on the disk, and nothing is going to be written: they are true also
  /// after the host was started anew.
  void markClean() throws IOException {
    if (condition == Condition.SOUND && !durabilityLost()) {
      headers(durability, true, true);
    }
  }

  private void headers(long newDurability, boolean clean, boolean synced) throws IOException {
    changes().mark(newDurability, clean, synced);
    new LogHeader(target, group, newDurability, clean, false)
        .write(activity().file(), ActivityLog.MAGIC);
    if (synced) {
      activity().file().sync(false);
    }
  }

  /// @throws IllegalStateException if they are void, or [#begin] was not called
  public ActivityLog activity() {
    ActivityLog log = activity;
    if (log == null) {
      throw new IllegalStateException("the activity log is not open");
    }
    return log;
  }

  /// @throws IllegalStateException if they are void, or [#begin] was not called
  public ChangeLog changes() {
    ChangeLog log = changes;
    if (log == null) {
      throw new IllegalStateException("the change log is not open");
    }
    return log;
  }

  void close() throws IOException {
    ActivityLog openActivity = activity;
    ChangeLog openChanges = changes;
    activity = null;
    changes = null;
    if (openActivity != null) {
      openActivity.file().close();
    }
    if (openChanges != null) {
      openChanges.close();
    }
  }
}
