package org.skep.client.fake;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.skep.runtime.port.Threads;

/// Daemon threads; what escapes from one is kept for the test.
public final class TestThreads implements Threads {
  private final Queue<Throwable> escaped = new ConcurrentLinkedQueue<>();

  @Override
  public Thread start(String name, Runnable body) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .uncaughtExceptionHandler((thread, cause) -> escaped.add(cause))
        .start(body);
  }

  public Queue<Throwable> escaped() {
    return escaped;
  }
}
