package org.skep.fuse.session;

import java.lang.foreign.Arena;
import org.skep.fuse.FuseEngine;
import org.skep.fuse.FuseRequest;
import org.skep.linux.Errno;

/// One serving thread: reads a request, serves it, and again, until the mount ends.
final class Reader implements Runnable {
  private static final System.Logger LOG = System.getLogger(Reader.class.getName());

  private final ReaderPool pool;
  private final FuseEngine engine;
  private final Device device;
  private final boolean spare;

  /// Written by this thread, read by the pool's watcher.
  private volatile boolean busy;

  private volatile long servedCount;

  Reader(ReaderPool pool, FuseEngine engine, Device device, boolean spare) {
    this.pool = pool;
    this.engine = engine;
    this.device = device;
    this.spare = spare;
  }

  boolean isSpare() {
    return spare;
  }

  boolean isBusy() {
    return busy;
  }

  long servedCount() {
    return servedCount;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // Only this thread writes it.
  public void run() {
    try (Arena arena = Arena.ofShared()) {
      FuseRequest request = engine.newRequest(device, arena);
      try {
        while (true) {
          long bytes = device.read(request.buffer());
          if (bytes < 0) {
            if (ends((int) -bytes)) {
              break;
            }
            continue;
          }
          busy = true;
          engine.serve(request, (int) bytes);
          servedCount++;
          busy = false;
          if (spare && pool.mayLeave(this)) {
            break;
          }
        }
      } finally {
        engine.retire(request);
      }
    } finally {
      pool.ended(this);
    }
  }

  /// ENOENT: the request was taken back while we read it. ENODEV: unmounted. ENOTCONN,
  /// ECONNABORTED: aborted.
  private static boolean ends(int errno) {
    return switch (Errno.of(errno)) {
      case ENOENT, EINTR, EAGAIN -> false;
      case ENODEV, ENOTCONN, ECONNABORTED -> true;
      default -> {
        LOG.log(System.Logger.Level.ERROR, "reading /dev/fuse failed: {0}", Errno.of(errno));
        yield true;
      }
    };
  }
}
