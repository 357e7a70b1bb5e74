package org.skep.storage.resync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.mirror.range.ChangeLog;
import org.skep.mirror.range.Forwarding;
import org.skep.mirror.range.Item;
import org.skep.mirror.range.ItemRange;
import org.skep.mirror.range.Range;
import org.skep.mirror.range.RangeLocks;
import org.skep.mirror.range.RangeReplica;
import org.skep.mirror.resync.RunTerm;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.chunk.ChunkStore;

/// One attempt to make the secondary equal, in one term of this member and one life of the other's
/// process. [#run] is called once; [#cancel] by any thread.
///
/// Each step holds a [Turn], so that the member's term can't end in the middle of it.
final class ResyncRun {
  private static final int LIST_MAX = 1000;
  private static final long LONG_NANOS = 3_600_000_000_000L;

  /// The secondary hears of the map in which a resync is due a little later, and may have to end
  /// what it was doing.
  private static final long ADOPT_NANOS = 10_000_000_000L;

  private static final long ADOPT_PAUSE_NANOS = 50_000_000L;

  /// More than a few bad files mean a bad disk.
  private static final int ERRORS_MAX = 1000;

  private final Ports ports;
  private final RangeReplica replica;
  private final GroupMember member;
  private final GroupView view;
  private final RunTerm term;
  private final ChunkStore store;
  private final Order order;
  private final Pace pace;
  private final Counters counters;
  private final Secondary secondary;
  private final WorkQueue queue;
  private final Gate gate;
  // guarded by gate
  private int workers;
  private final List<Thread> threads = new ArrayList<>();

  /// What an administrator wants beyond what the logs say.
  ///
  /// @param sinceSeconds chunk files changed since (seconds since 1970) are copied without
  ///   comparison; null: none
  /// @param everything everything is compared
  record Order(@Nullable Long sinceSeconds, boolean everything) {
    static final Order NONE = new Order(null, false);
  }

  ResyncRun(
      Ports ports,
      RangeReplica replica,
      GroupView view,
      ChunkStore store,
      Order order,
      Pace pace,
      Counters counters) {
    this.ports = ports;
    this.replica = replica;
    this.member = replica.member();
    this.view = view;
    term = new RunTerm(member, view);
    this.store = store;
    this.order = order;
    this.pace = pace;
    this.counters = counters;
    secondary = new Secondary(member, view);
    queue = new WorkQueue(ports.clock());
    gate = new Gate(ports.clock());
  }

  /// Returns when the secondary has, on its disk, all that was here when the run began, and all
  /// changes since (which are still forwarded), or when some chunk files failed
  /// ([Counters#errors]).
  ///
  /// @param memory a direct buffer of 1 MiB for each worker
  /// @throws IOException if a disk failed
  void run(List<ByteBuffer> memory)
      throws IOException, InterruptedResyncException, InterruptedException {
    begin();
    try {
      start(memory);
      findAll();
    } catch (InterruptedResyncException e) {
      queue.cancel(e.reason());
      throw e;
    } finally {
      finish();
    }
    if (counters.errors() == 0) {
      secondary.end();
    }
    queue.check();
  }

  /// Of this run.
  Counters counters() {
    return counters;
  }

  /// Ends the run soon.
  void cancel(String reason) {
    queue.cancel(reason);
    gate.lock();
    try {
      threads.forEach(Thread::interrupt);
    } finally {
      gate.unlock();
    }
  }

  /// @throws InterruptedResyncException if it was cancelled, with the reason
  void check() throws InterruptedResyncException {
    queue.check();
  }

  private void begin() throws IOException, InterruptedResyncException, InterruptedException {
    long end = ports.clock().nanoTime() + ADOPT_NANOS;
    Secondary.Beginning beginning = secondary.begin(() -> pause(end));
    try (Turn _ = enter()) {
      for (ItemRange range : beginning.active()) {
        changes().add(range);
      }
      if (beginning.unsure() || order.everything()) {
        changes().addEverything();
      }
    }
    if (!replica.forward(Forwarding.BEST_EFFORT, this::broken)) {
      throw new InterruptedResyncException("this member is not alone any more");
    }
  }

  /// Before the secondary is asked again.
  ///
  /// @return false if that was done for long enough
  private boolean pause(long endNanos) throws InterruptedResyncException, InterruptedException {
    checkGoesOn();
    if (ports.clock().nanoTime() - endNanos >= 0) {
      return false;
    }
    ports.clock().sleepNanos(ADOPT_PAUSE_NANOS);
    checkGoesOn();
    return true;
  }

  /// A change's thread says so.
  private void broken() {
    queue.cancel("the secondary did not take a change");
  }

  private ChangeLog changes() {
    return replica.logs().changes();
  }

  // --- the workers ------------------------------------------------------------------------------

  private void start(List<ByteBuffer> memory) {
    gate.lock();
    try {
      for (ByteBuffer buffer : memory) {
        workers++;
        String name = "resync-" + view.groupId() + "-" + workers;
        threads.add(ports.threads().start(name, () -> work(buffer)));
      }
    } finally {
      gate.unlock();
    }
  }

  /// Waits for the workers, which end early if there was a failure.
  private void finish() throws InterruptedException {
    queue.close();
    boolean interrupted = false;
    gate.lock();
    try {
      while (workers > 0) {
        try {
          long _ = gate.awaitNanos(LONG_NANOS);
        } catch (InterruptedException e) {
          interrupted = true;
          queue.cancel("the server stops");
          threads.forEach(Thread::interrupt);
        }
      }
    } finally {
      gate.unlock();
    }
    if (interrupted) {
      throw new InterruptedException();
    }
  }

  private void work(ByteBuffer memory) {
    try {
      for (ChunkWork.Part part = queue.take(); part != null; part = queue.take()) {
        try {
          process(part, memory);
        } finally {
          queue.done();
        }
      }
    } catch (InterruptedResyncException e) {
      queue.cancel(e.reason());
    } catch (InterruptedException e) {
      queue.cancel("it was interrupted");
    } finally {
      gate.lock();
      try {
        workers--;
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }
  }

  private void process(ChunkWork.Part part, ByteBuffer memory)
      throws InterruptedResyncException, InterruptedException {
    ChunkWork work = part.work();
    Equalizer equalizer = new Equalizer(store, secondary, new Steps(work), memory);
    try {
      if (part.whole()) {
        long length = equalizer.lengths(work.key());
        if (length != Equalizer.GONE) {
          queue.putFirst(work.parts(length));
        }
      } else {
        equalizer.walk(work.key(), part.range(), work.compare());
      }
    } catch (IOException e) {
      if (work.fail()) {
        counters.failed(work.key() + ": " + e.getMessage());
      }
      if (counters.errors() >= ERRORS_MAX) {
        throw new InterruptedResyncException("too many errors: " + counters.firstError());
      }
    }
    if (work.endPart()) {
      counters.synced(work.key());
    }
    if (work.isOver()) {
      counters.done(work.went(Long.MAX_VALUE));
    }
  }

  /// What the steps of one chunk file do to others.
  private final class Steps implements Equalizer.Guard {
    private final ChunkWork work;

    Steps(ChunkWork work) {
      this.work = work;
    }

    @Override
    public void pace(long bytes) throws InterruptedResyncException, InterruptedException {
      checkGoesOn();
      pace.await(bytes);
      checkGoesOn();
    }

    @Override
    public Equalizer.Locked lock(Item item, Range range)
        throws InterruptedResyncException, InterruptedException {
      Turn turn = enter();
      boolean locked = false;
      try {
        RangeLocks<Item>.Held held = replica.exclusive(item, range);
        locked = true;
        return () -> {
          held.close();
          turn.close();
        };
      } finally {
        if (!locked) {
          turn.close();
        }
      }
    }

    /// A change that the secondary did not take has ended the run before it gave its lock back.
    @Override
    public void equal(ItemRange range) throws IOException, InterruptedResyncException {
      queue.check();
      changes().forget(range);
    }

    @Override
    public void compared(long bytes) {
      counters.compared(bytes);
      counters.done(work.went(bytes));
    }

    @Override
    public void sent(long bytes) {
      counters.sent(bytes);
    }
  }

  private void checkGoesOn() throws InterruptedResyncException {
    queue.check();
    String over = term.whyOver();
    if (over != null) {
      throw new InterruptedResyncException(over);
    }
  }

  private Turn enter() throws InterruptedResyncException {
    Turn turn;
    try {
      turn = member.enterAsPrimary();
    } catch (MemberRefusal e) {
      throw new InterruptedResyncException(e.failure().detail());
    }
    if (!term.has(turn.view())) {
      turn.close();
      throw new InterruptedResyncException("a newer map says: " + turn.view().text());
    }
    return turn;
  }

  // --- what is to be looked at -------------------------------------------------------------------

  private void findAll() throws IOException, InterruptedResyncException, InterruptedException {
    boolean everything = changes().everything();
    if (everything || order.sinceSeconds() != null) {
      findListed(everything);
      queue.awaitDone();
    }
    // Once is enough, unless the list was long and something is left of it.
    for (int pass = 0; changes().rangeCount() > 0 && counters.errors() == 0; pass++) {
      if (pass > 2) {
        throw new InterruptedResyncException("the change log does not become empty");
      }
      findChanged();
      queue.awaitDone();
    }
  }

  private void findChanged() throws IOException, InterruptedResyncException, InterruptedException {
    Item after = null;
    List<ItemRange> found = changes().list(null, LIST_MAX);
    while (!found.isEmpty()) {
      List<Range> ranges = new ArrayList<>();
      for (int at = 0; at < found.size(); at++) {
        after = found.get(at).item();
        ranges.add(found.get(at).range());
        if (at + 1 == found.size() || !found.get(at + 1).item().equals(after)) {
          ChunkKey key = new ChunkKey(after.id(), after.part());
          counters.discovered(key);
          add(key, ranges, true);
          ranges.clear();
        }
      }
      found = changes().list(after, LIST_MAX);
    }
  }

  private void findListed(boolean everything)
      throws IOException, InterruptedResyncException, InterruptedException {
    ChunkListings listings = new ChunkListings(store, secondary);
    try {
      for (ChunkKey key = listings.next(); key != null; key = listings.next()) {
        counters.discovered(key);
        Long modified = order.sinceSeconds() == null ? null : store.modifiedSeconds(key);
        boolean copy = modified != null && modified >= Objects.requireNonNull(order.sinceSeconds());
        if (everything || copy || !store.exists(key)) {
          add(key, List.of(Range.ALL), !copy);
        }
      }
    } catch (IOException e) {
      counters.directoryFailed(String.valueOf(e.getMessage()));
    }
  }

  private void add(ChunkKey key, List<Range> ranges, boolean compare)
      throws IOException, InterruptedResyncException, InterruptedException {
    ChunkStatus status = store.status(key);
    long bytes = 0;
    for (Range range : ranges) {
      bytes += Math.max(0, Math.min(range.end(), status.lengthBytes()) - range.start());
    }
    // Holes take no time; a sum of endless ranges says nothing.
    bytes = bytes < 0 ? status.allocatedBytes() : Math.min(bytes, status.allocatedBytes());
    counters.candidate(key, bytes);
    queue.put(new ChunkWork(key, ranges, compare, bytes).first());
  }
}
