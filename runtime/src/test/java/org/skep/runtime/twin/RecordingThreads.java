package org.skep.runtime.twin;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.skep.runtime.port.Threads;

/// Daemon threads whose uncaught throwables are kept for the test instead of halting the process.
public final class RecordingThreads implements Threads {
  private final List<Throwable> broken = new CopyOnWriteArrayList<>();

  @Override
  public Thread start(String name, Runnable body) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .uncaughtExceptionHandler((thread, cause) -> broken.add(cause))
        .start(body);
  }

  /// What escaped from threads so far.
  public List<Throwable> broken() {
    return List.copyOf(broken);
  }
}
