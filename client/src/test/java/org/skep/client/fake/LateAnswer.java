package org.skep.client.fake;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.skep.wire.Operation;

/// The first answer to an operation is made, but does not arrive until [#arrive].
public final class LateAnswer implements AutoCloseable {
  private final CountDownLatch made = new CountDownLatch(1);
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final AtomicBoolean first = new AtomicBoolean(true);
  private final Runnable remove;

  public LateAnswer(FakeCluster cluster, Operation<?, ?> operation) {
    remove =
        cluster.delay(each -> {
          if (each.name().equals(operation.name()) && first.getAndSet(false)) {
            made.countDown();
            awaitArrival();
          }
        });
  }

  private void awaitArrival() {
    try {
      arrived.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Waits until the answer is made.
  public void awaitMade() throws InterruptedException {
    made.await();
  }

  public void arrive() {
    arrived.countDown();
  }

  @Override
  public void close() {
    arrive();
    remove.run();
  }
}
