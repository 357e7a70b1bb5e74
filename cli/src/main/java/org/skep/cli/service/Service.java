package org.skep.cli.service;

import java.util.concurrent.CountDownLatch;

/// Something that runs until it is stopped.
public interface Service {

  /// Returns when it serves; may take long. Once only.
  ///
  /// @return what it serves and where, for people
  /// @throws org.skep.cli.outcome.CommandFailure saying what is wrong and what to do
  /// @throws InterruptedException if [#stop] was called meanwhile
  String start() throws InterruptedException;

  /// Stops in order, by any thread, also while [#start] waits.
  void stop();

  /// Waits until it has ended by itself; most never do.
  default void awaitEnd() throws InterruptedException {
    new CountDownLatch(1).await();
  }
}
