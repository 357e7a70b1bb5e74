package org.skep.cli.daemon;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.service.Service;

/// Runs a service in the foreground until SIGTERM, SIGINT or SIGHUP, or until it ends by itself;
/// then stops it. The process ends with 0 after any of these if stopping succeeds: a shutdown hook
/// waits for the stop, and ends the JVM itself.
public final class Life {
  private final CountDownLatch wanted = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean bySignal;
  private volatile int exitCode = ExitCode.DONE;
  // for the main thread only
  private boolean stopFailed;

  /// Told when the service serves, and when it is about to be stopped (not when it failed).
  public interface Listener {

    /// @param description what it serves and where
    void ready(String description);

    void stopping();

    /// It has stopped, also where that failed; what was there for its life is to be cleared away.
    void stopped();

    /// A signal ended it, and stopping failed: nobody else can say so any more.
    void failed(CommandFailure failure);
  }

  /// @throws CommandFailure why the service could not start
  public static int run(Service service, Listener listener) {
    return new Life().live(service, listener);
  }

  private int live(Service service, Listener listener) {
    Thread hook = Thread.ofPlatform().name("stop").unstarted(this::signalled);
    Runtime.getRuntime().addShutdownHook(hook);
    Thread serving =
        Thread.ofPlatform().daemon().name("main-service").start(() -> serve(service, listener));
    try {
      wanted.await();
      if (failure.get() == null) {
        listener.stopping();
      }
      stop(service, listener);
      serving.interrupt();
      return outcome(listener);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the main thread", e);
    } finally {
      stopped.countDown();
    }
  }

  private void stop(Service service, Listener listener) {
    try {
      service.stop();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
    try {
      listener.stopped();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /// The first failure counts.
  private void failed(Throwable later) {
    @Nullable Throwable first = failure.get();
    boolean starting = bySignal && first instanceof CommandFailure && !stopFailed;
    if (first == null || starting) {
      failure.set(later);
    } else {
      first.addSuppressed(later);
    }
    stopFailed = true;
  }

  private void serve(Service service, Listener listener) {
    try {
      listener.ready(service.start());
      service.awaitEnd();
    } catch (InterruptedException e) {
      // Being stopped, which is what comes next.
    } catch (RuntimeException | Error e) {
      failure.set(e);
    } finally {
      wanted.countDown();
    }
  }

  private int outcome(Listener listener) {
    @Nullable Throwable cause = failure.get();
    if (cause == null || (bySignal && cause instanceof CommandFailure && !stopFailed)) {
      return ExitCode.DONE;
    }
    exitCode = cause instanceof CommandFailure expected ? expected.exitCode() : ExitCode.FAULT;
    if (bySignal && cause instanceof CommandFailure expected) {
      listener.failed(expected);
    }
    if (cause instanceof CommandFailure expected) {
      throw expected;
    }
    throw new IllegalStateException("the service failed", cause);
  }

  /// Runs at a signal, and at every other end of the process.
  private void signalled() {
    if (stopped.getCount() == 0) {
      return;
    }
    bySignal = true;
    wanted.countDown();
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(exitCode);
  }
}
