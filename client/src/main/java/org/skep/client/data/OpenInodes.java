package org.skep.client.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;
import org.skep.client.Unwritten;
import org.skep.client.call.Waits;
import org.skep.linux.Errno;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Threads;
import org.skep.wire.message.Attributes;

/// The regular files that are open here, and the thread that sends off what was kept too long. Any
/// thread may call it. As many as the openings that the shards grant.
public final class OpenInodes {
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final long FINISH_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Io io;
  private final Pools pools;
  private final Gate gate;
  private final Threads threads;
  // guarded by gate
  private final Map<Long, Entry> open = new HashMap<>();
  private final Departures departures = new Departures();
  private boolean stopped;
  private volatile boolean dirty;

  private static final class Entry {
    private final OpenInode inode;
    private int openings;

    Entry(OpenInode inode) {
      this.inode = inode;
    }
  }

  public OpenInodes(Io io, Threads threads) {
    this.io = io;
    this.threads = threads;
    this.gate = new Gate(io.clock());
    DataSettings settings = io.settings();
    this.pools =
        new Pools(
            new BufferPool(
                io.clock(), settings.writeBehindBytes(), settings.ioTimeoutNanos(), this::sealAll),
            new BufferPool(io.clock(), settings.readAheadTotalBytes(), 1, () -> {}));
  }

  /// The buffers of all files: of written data, and of data that was read ahead.
  record Pools(BufferPool writes, BufferPool readAhead) {}

  /// How many buffers hold written data.
  public int writeBuffersInUse() {
    return pools.writes().inUse();
  }

  /// To be called before a shard is asked for attributes, and named with its answer.
  public long moment() {
    gate.lock();
    try {
      return departures.now();
    } finally {
      gate.unlock();
    }
  }

  /// Counts one opening, which the shard has granted with these attributes; they are asked for
  /// again if they may be outdated, as the file was open here in the meantime.
  ///
  /// @param asked the moment before they were asked for
  /// @throws ErrnoException EIO if they have no sound layout, or why they could not be asked for
  ///   again; nothing was counted then
  OpenInode opened(Attributes granted, long asked) throws ErrnoException {
    Attributes newest = granted;
    long since = asked;
    while (true) {
      OpenInode inode = counted(newest, since);
      if (inode != null) {
        return inode;
      }
      since = moment();
      newest = io.attributes(granted.getInode());
      if (newest == null) {
        throw new ErrnoException(Errno.ESTALE.number(), "the inode is gone");
      }
    }
  }

  /// Counts one opening, or returns null if the attributes may be outdated.
  private @Nullable OpenInode counted(Attributes attributes, long asked) throws ErrnoException {
    gate.lock();
    try {
      Entry entry = open.get(attributes.getInode());
      if (entry == null) {
        if (departures.leftSince(attributes.getInode(), asked)) {
          return null;
        }
        entry = new Entry(new OpenInode(io, pools, attributes));
        open.put(attributes.getInode(), entry);
      }
      entry.openings++;
      return entry.inode;
    } finally {
      gate.unlock();
    }
  }

  /// Counts one opening less.
  void closed(OpenInode inode) {
    gate.lock();
    try {
      Entry entry = open.get(inode.inode());
      if (entry == null || entry.openings == 0) {
        throw new IllegalStateException("closed more often than opened");
      }
      if (--entry.openings > 0) {
        return;
      }
      open.remove(inode.inode());
      departures.left(inode.inode());
    } finally {
      gate.unlock();
    }
    inode.dropCached();
  }

  /// Closes an opening that nobody will use, in a thread that nobody interrupts. What fails is over
  /// with the session.
  public void closeLater(OpenFile file) {
    io.submitShard(
        file.inode(),
        () -> {
          ErrnoException _ = Io.result(file::close);
        });
  }

  public @Nullable OpenInode find(long inode) {
    gate.lock();
    try {
      Entry entry = open.get(inode);
      return entry == null ? null : entry.inode;
    } finally {
      gate.unlock();
    }
  }

  /// What the shard says, and what is only known here. The shard is asked again if its answer may
  /// be outdated, as the file was open here when it was asked.
  ///
  /// @param asked the moment before the answer was asked for
  public Attributes merge(Attributes answer, long asked) throws ErrnoException {
    Attributes newest = answer;
    long since = asked;
    while (true) {
      OpenInode inode = find(answer.getInode());
      if (inode != null) {
        return inode.merge(newest);
      }
      if (!leftSince(answer.getInode(), since)) {
        return newest;
      }
      since = moment();
      Attributes again = io.attributes(answer.getInode());
      if (again == null) {
        return newest;
      }
      newest = again;
    }
  }

  private boolean leftSince(long inode, long moment) {
    gate.lock();
    try {
      return departures.leftSince(inode, moment);
    } finally {
      gate.unlock();
    }
  }

  /// Writes out what is held of the file, if it is open here. Failures of the data are kept for its
  /// openings.
  ///
  /// @throws ErrnoException if the shard could not be told
  public void flush(long inode) throws ErrnoException {
    OpenInode found = find(inode);
    if (found != null) {
      found.flush();
    }
  }

  /// Carries out a change of the inode by its shard, so that it sees all writes if the file is
  /// open.
  public Attributes change(long inode, long newSize, boolean atimeSet, OpenInode.Change change)
      throws ErrnoException {
    long asked = moment();
    OpenInode found = find(inode);
    return found == null
        ? merge(change.send(false), asked)
        : found.change(newSize, atimeSet, change);
  }

  /// A lock was granted: what others wrote under it is to be seen.
  public void granted(long inode) throws ErrnoException {
    OpenInode found = find(inode);
    if (found != null) {
      found.dropCached();
      Attributes _ = found.refresh();
    }
  }

  /// Locks on the file are lost that this client held: its openings are of no use any more.
  ///
  /// @return whether it is open here
  public boolean locksLost(long inode) {
    OpenInode found = find(inode);
    if (found != null) {
      found.locksLost();
    }
    return found != null;
  }

  public List<OpenInode> all() {
    gate.lock();
    try {
      return open.values().stream().map(entry -> entry.inode).toList();
    } finally {
      gate.unlock();
    }
  }

  /// Puts all that was written through files that are open onto the servers' disks.
  ///
  /// @throws ErrnoException the first failure, after all were tried
  public void syncAll() throws ErrnoException {
    ErrnoException first = null;
    for (OpenInode inode : all()) {
      ErrnoException failure =
          inode.kept().isUnsynced() ? Io.result(() -> inode.sync(false)) : null;
      first = first == null ? failure : first;
    }
    if (first != null) {
      throw first;
    }
  }

  /// Writes all out, as long as servers take something; nobody waits for the result any more.
  ///
  /// @param patienceNanos how long no server may have taken anything before it gives up
  /// @return what the servers don't have then
  public Unwritten finish(long patienceNanos) {
    long began = io.clock().nanoTime();
    Unwritten left = sendOff();
    while (!left.isNothing()) {
      long since = Math.max(0, io.lastProgressNanos() - began) + began;
      if (io.clock().nanoTime() - since >= patienceNanos) {
        return left;
      }
      pause();
      left = sendOff();
    }
    return left;
  }

  private Unwritten sendOff() {
    Unwritten left = Unwritten.NOTHING;
    for (OpenInode inode : all()) {
      inode.kept().sendOff();
      left = left.plus(inode.kept().unwritten());
    }
    return left;
  }

  private void pause() {
    gate.lock();
    try {
      boolean _ = Waits.until(gate, () -> false, FINISH_LOOK_NANOS);
    } finally {
      gate.unlock();
    }
  }

  /// Failures of data of files that are open.
  public List<ErrnoException> failures() {
    List<ErrnoException> failures = new ArrayList<>();
    for (OpenInode inode : all()) {
      OpenInode.Failure data = inode.failureAfter(0);
      if (data != null) {
        failures.add(data.first());
      }
    }
    return failures;
  }

  private void sealAll() {
    all().forEach(inode -> inode.kept().sealGathered());
  }

  // --- the thread
  // -----------------------------------------------------------------------------------

  /// Starts the thread. Once only.
  public void start() {
    threads.start("client write-behind", this::run);
  }

  /// Ends the thread.
  public void stop() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Something was written: the thread has to look after it. To be called after the write.
  void wrote() {
    if (dirty) {
      return;
    }
    gate.lock();
    try {
      dirty = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private void run() {
    while (awaitTick()) {
      // Before looking, so that a write after the look is not overlooked.
      dirty = false;
      for (OpenInode inode : all()) {
        inode.kept().tick();
        if (inode.kept().isDirty()) {
          dirty = true;
        }
      }
    }
  }

  private boolean awaitTick() {
    gate.lock();
    try {
      Waits.until(gate, () -> dirty || stopped);
      return !Waits.until(gate, () -> stopped, TICK_NANOS);
    } finally {
      gate.unlock();
    }
  }
}
