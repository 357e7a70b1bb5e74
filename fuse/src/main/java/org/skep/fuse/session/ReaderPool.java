package org.skep.fuse.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.skep.fuse.CallerState;
import org.skep.fuse.FuseEngine;
import org.skep.linux.Processes;

/// The serving threads: one for each descriptor, and spare ones while all are busy with operations
/// that take long.
///
/// A watcher looks every 50 ms. If twice in a row all threads are busy and none has finished a
/// request in between, it starts spare threads, which share a descriptor; a spare thread leaves
/// after a request when enough others are idle. It also lets processes go that got a signal; the
/// thread that goes on with such a request does not count as a spare one.
final class ReaderPool {
  /// Enough for a burst of blocked operations; each may touch 1 MiB of buffer. Beyond it requests
  /// wait in the kernel.
  static final int SPARES_MAX = 64;

  private static final System.Logger LOG = System.getLogger(ReaderPool.class.getName());

  private final FuseEngine engine;
  private final List<Device> devices;
  private final ThreadStarter threads;
  private final CountDownLatch ended = new CountDownLatch(1);

  /// Guarded by this object's monitor.
  private final List<Reader> readers = new ArrayList<>();

  private int spares;
  private int started;

  ReaderPool(FuseEngine engine, List<Device> devices, ThreadStarter threads) {
    this.engine = engine;
    this.devices = devices;
    this.threads = threads;
  }

  void start() {
    synchronized (this) {
      for (Device device : devices) {
        startReader(device, false);
      }
    }
    threads.start("fuse-watch", this::watch);
  }

  private void startReader(Device device, boolean spare) {
    Reader reader = new Reader(this, engine, device, spare);
    readers.add(reader);
    threads.start((spare ? "fuse-spare-" : "fuse-") + started++, reader);
  }

  private void startSpare() {
    spares++;
    try {
      startReader(devices.get(spares % devices.size()), true);
    } catch (RuntimeException | OutOfMemoryError e) {
      readers.removeLast();
      spares--;
      LOG.log(System.Logger.Level.WARNING, "cannot start a spare thread: {0}", e.getMessage());
    }
  }

  private void watch() {
    long finishedBefore = -1;
    try {
      while (!ended.await(FuseEngine.WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
        int letGo = engine.watch(ReaderPool::caller, allBusy());
        finishedBefore = look(finishedBefore, SPARES_MAX + letGo);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but who wants it to end.
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean allBusy() {
    return readers.stream().allMatch(Reader::isBusy);
  }

  private static CallerState.Caller caller(int pid) {
    Processes.State state = Processes.state(pid);
    return new CallerState.Caller(state.process(), state.dying());
  }

  /// Gives the requests finished so far if all threads are busy, else -1.
  private synchronized long look(long finishedBefore, int sparesMax) {
    long finished = 0;
    for (Reader reader : readers) {
      if (!reader.isBusy()) {
        return -1;
      }
      finished += reader.servedCount();
    }
    if (finished == finishedBefore && !readers.isEmpty()) {
      // More at a time the more there are: a hundred calls that wait must not hold up the next one
      // for long.
      for (int more = 1 + spares / 2; more > 0 && spares < sparesMax; more--) {
        startSpare();
      }
      return -1;
    }
    return finished;
  }

  /// Whether a spare thread that has just become idle isn't needed any more. If so, it must end.
  synchronized boolean mayLeave(Reader reader) {
    int idle = 0;
    for (Reader other : readers) {
      if (other != reader && !other.isBusy()) {
        idle++;
      }
    }
    if (idle < devices.size()) {
      return false;
    }
    readers.remove(reader);
    return true;
  }

  synchronized void ended(Reader reader) {
    readers.remove(reader);
    if (reader.isSpare()) {
      spares--;
    }
    if (readers.isEmpty()) {
      ended.countDown();
    }
  }

  /// Serving threads at this moment.
  synchronized int size() {
    return readers.size();
  }

  /// Waits until the mount has ended and all threads with it.
  void await() throws InterruptedException {
    ended.await();
  }

  boolean await(long timeoutMillis) throws InterruptedException {
    return ended.await(timeoutMillis, TimeUnit.MILLISECONDS);
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }
}
