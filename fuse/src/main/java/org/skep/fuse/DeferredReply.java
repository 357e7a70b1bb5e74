package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.skep.linux.IoVector;

/// The answer of an operation that has returned [FuseOperations#DEFERRED]: given later, by any
/// thread, once. Thread-safe.
///
/// The kernel's process waits until then, so the file system must answer it in the end, at the
/// latest in [FuseOperations#destroy].
public final class DeferredReply {
  private final FuseEngine engine;
  private final ReplyChannel channel;
  private final long unique;
  private boolean interrupted;
  private boolean answered;
  private @Nullable Runnable hook;

  DeferredReply(FuseEngine engine, ReplyChannel channel, long unique, boolean interrupted) {
    this.engine = engine;
    this.channel = channel;
    this.unique = unique;
    this.interrupted = interrupted;
  }

  long unique() {
    return unique;
  }

  /// Answers with an errno, 0 for success. True if this call answered; false if another one did
  /// before: then what was reached for this request (a lock) must be given back.
  public boolean reply(int errno) {
    synchronized (this) {
      if (answered) {
        return false;
      }
      answered = true;
      hook = null;
    }
    engine.forgetDeferred(this);
    send(channel, unique, errno);
    return true;
  }

  /// Answers a request without content, on a thread that does not serve it.
  static void send(ReplyChannel channel, long unique, int errno) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(FuseRequest.OUT_HEADER_BYTES, 8);
      header.set(JAVA_INT, 0, FuseRequest.OUT_HEADER_BYTES);
      header.set(JAVA_INT, 4, -FuseRequest.checkedErrno(errno));
      header.set(JAVA_LONG, 8, unique);
      channel.sendDetached(new IoVector(1).add(header));
    }
  }

  /// Whether the waiting process got a signal that ends the call.
  public synchronized boolean interrupted() {
    return interrupted;
  }

  /// What to do when the process gets such a signal; at once if it already has. Typically ends the
  /// wait and answers EINTR. Runs on a thread that serves requests, without any lock of ours,
  /// perhaps just after another thread has answered: it must not block.
  public void onInterrupt(Runnable action) {
    synchronized (this) {
      if (answered) {
        return;
      }
      if (!interrupted) {
        hook = action;
        return;
      }
    }
    action.run();
  }

  void interrupt() {
    Runnable action;
    synchronized (this) {
      interrupted = true;
      action = hook;
      hook = null;
    }
    if (action != null) {
      action.run();
    }
  }
}
