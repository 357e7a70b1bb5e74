package org.skep.cli.daemon;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.service.Service;

/// Runs a service in the foreground until SIGTERM, SIGINT or SIGHUP, or until it ends by itself;
/// then stops it. The process ends with 0 after any of these: a shutdown hook waits for the stop,
/// and ends the JVM itself.
public final class Life {
  private final CountDownLatch wanted = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean bySignal;

  /// Told when the service serves, and when it is about to be stopped (not when it failed).
  public interface Listener {

    /// @param description what it serves and where
    void ready(String description);

    void stopping();
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
      service.stop();
      serving.interrupt();
      return outcome();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the main thread", e);
    } finally {
      stopped.countDown();
    }
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

  private int outcome() {
    @Nullable Throwable cause = failure.get();
    if (cause == null || (bySignal && cause instanceof CommandFailure)) {
      return ExitCode.DONE;
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
    Runtime.getRuntime().halt(ExitCode.DONE);
  }
}
