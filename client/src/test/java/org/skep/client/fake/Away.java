package org.skep.client.fake;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.skep.linux.Errno;
import org.skep.wire.Failure;
import org.skep.wire.Operation;

/// Servers that don't answer some operations until [#back]. As with the router, an interrupt ends
/// the wait of a request with EINTR.
public final class Away implements AutoCloseable {
  private final Set<String> operations;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch back = new CountDownLatch(1);
  private final Runnable remove;
  private volatile Failure after;

  public Away(FakeCluster cluster, Operation<?, ?>... operations) {
    this.operations =
        java.util.Arrays.stream(operations)
            .map(Operation::name)
            .collect(java.util.stream.Collectors.toSet());
    remove = cluster.fault((operation, destination, request) -> before(operation));
  }

  private Failure before(Operation<?, ?> operation) {
    if (!operations.contains(operation.name())) {
      return null;
    }
    asked.countDown();
    try {
      back.await();
      return after;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Failure.errno(Errno.EINTR.number(), "interrupted");
    }
  }

  /// Waits until one was asked for.
  public void awaitAsked() throws InterruptedException {
    asked.await();
  }

  /// They answer from now on.
  public void back() {
    back.countDown();
  }

  /// They answer, and refuse what was asked.
  public void backRefusing(Errno errno) {
    after = Failure.errno(errno.number(), "refused");
    back();
  }

  @Override
  public void close() {
    back();
    remove.run();
  }
}
