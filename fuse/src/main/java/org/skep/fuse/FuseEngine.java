package org.skep.fuse;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;

/// The protocol without a device: takes the bytes of a request, calls the operation, gives the
/// bytes of the reply to a channel. Thread-safe; each serving thread brings a [FuseRequest] of its
/// own from [#newRequest].
///
/// Whatever the bytes are, [#serve] neither throws nor touches memory outside the request:
/// malformed requests are answered EIO, unknown opcodes ENOSYS, and requests before INIT EIO.
public final class FuseEngine {
  /// How often [#watch] is to be called.
  public static final long WATCH_MILLIS = 50;

  /// Operations that go on without their process, each with a thread and its buffers. Beyond it
  /// processes wait for their answers, signal or not.
  static final int LET_GO_MAX = 128;

  final FuseOperations operations;
  final FuseOptions options;

  private final Consumer<Throwable> failures;
  private final List<FuseRequest> requests = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<Long, DeferredReply> deferred = new ConcurrentHashMap<>();
  private final LatelyInterrupted lately = new LatelyInterrupted();
  private final AtomicLong malformedCount = new AtomicLong();
  private final AtomicBoolean destroyed = new AtomicBoolean();
  private volatile @Nullable FuseNegotiation negotiation;

  /// `failures` is told of what an operation throws, on the serving thread; the request is answered
  /// EIO first.
  public FuseEngine(FuseOperations operations, FuseOptions options, Consumer<Throwable> failures) {
    this.operations = operations;
    this.options = options;
    this.failures = failures;
  }

  /// Room for the requests of one serving thread in `arena`, which must be shared if operations
  /// pass memory to other threads, and stay open until [#retire].
  public FuseRequest newRequest(ReplyChannel channel, Arena arena) {
    FuseRequest request = new FuseRequest(this, channel, arena, options.maxWriteBytes());
    requests.add(request);
    return request;
  }

  /// The thread of this request serves no more.
  public void retire(FuseRequest request) {
    requests.remove(request);
  }

  /// Serves the request whose first `bytes` lie in the request's buffer, from decoding to reply.
  public void serve(FuseRequest request, int bytes) {
    if (bytes < FuseRequest.IN_HEADER_BYTES) {
      malformedCount.incrementAndGet();
      return;
    }
    if (!request.begin(bytes)) {
      malformedCount.incrementAndGet();
      request.sendError(Errno.EIO.number());
      return;
    }
    try {
      dispatch(request);
    } catch (Throwable failure) {
      answerFailure(request, failure);
    } finally {
      Runnable unheard = request.end();
      if (unheard != null) {
        unheard.run();
      }
    }
  }

  /// Looks after requests that take long, and lets processes go that got a signal; to be called
  /// every [#WATCH_MILLIS] by one thread, which serves none.
  ///
  /// @param starved whether all threads are busy, so that nobody reads of signals
  /// @return how many operations go on without their process
  public int watch(CallerState callers, boolean starved) {
    int letGo = 0;
    lately.tick();
    for (FuseRequest request : requests) {
      letGo += request.isLetGo() ? 1 : 0;
    }
    for (FuseRequest request : requests) {
      letGo += request.watch(callers, lately, starved, letGo < LET_GO_MAX) ? 1 : 0;
    }
    return letGo;
  }

  private void dispatch(FuseRequest request) {
    Opcode opcode = Opcode.of(request.opcode());
    int errno;
    if (opcode == null) {
      errno = Errno.ENOSYS.number();
    } else if (request.argumentBytes() < opcode.argumentBytesMin) {
      errno = malformed();
    } else if (negotiation == null && opcode != Opcode.INIT) {
      errno = Errno.EIO.number();
    } else {
      errno = opcode.handler.serve(this, request);
    }
    boolean reply = opcode == null || opcode.hasReply();
    if (errno == Opcode.NO_REPLY || !reply || request.wasSent() || request.wasDeferred()) {
      return;
    }
    if (errno == 0) {
      request.sendSuccess(0);
    } else {
      request.sendError(errno);
    }
  }

  private void answerFailure(FuseRequest request, Throwable failure) {
    Opcode opcode = Opcode.of(request.opcode());
    if (request.wasDeferred()) {
      DeferredReply reply = deferred.get(request.unique());
      if (reply != null) {
        reply.reply(Errno.EIO.number());
      }
    } else if (!request.wasSent() && (opcode == null || opcode.hasReply())) {
      request.sendError(Errno.EIO.number());
    }
    failures.accept(failure);
  }

  /// Counts a request that the kernel can't have meant, and gives its errno.
  int malformed() {
    malformedCount.incrementAndGet();
    return Errno.EIO.number();
  }

  /// How many requests could not be decoded; 0 with a sound kernel.
  public long malformedCount() {
    return malformedCount.get();
  }

  public FuseOptions options() {
    return options;
  }

  /// What was agreed with the kernel; null before INIT.
  public @Nullable FuseNegotiation negotiation() {
    return negotiation;
  }

  void negotiated(FuseNegotiation agreed) {
    operations.init(agreed);
    negotiation = agreed;
  }

  boolean has(Capability capability) {
    FuseNegotiation agreed = negotiation;
    return agreed != null && agreed.has(capability);
  }

  /// Calls [FuseOperations#destroy], the first time it's called. For the session, after all its
  /// threads have ended.
  public void destroy() {
    if (destroyed.compareAndSet(false, true)) {
      operations.destroy();
    }
  }

  boolean mayDefer(int opcodeNumber) {
    Opcode opcode = Opcode.of(opcodeNumber);
    return opcode != null && opcode.emptyReply;
  }

  void remember(DeferredReply reply) {
    deferred.put(reply.unique(), reply);
  }

  void forgetDeferred(DeferredReply reply) {
    deferred.remove(reply.unique(), reply);
  }

  /// Requests whose operation has put off the answer.
  public int deferredCount() {
    return deferred.size();
  }

  /// Interrupts the request of this number; false if none is served.
  boolean interrupt(long unique) {
    for (FuseRequest request : requests) {
      if (request.interrupt(unique)) {
        return true;
      }
    }
    DeferredReply reply = deferred.get(unique);
    if (reply == null) {
      return false;
    }
    reply.interrupt();
    return true;
  }
}
