package org.skep.metadata.target;

import org.jspecify.annotations.Nullable;
import org.skep.metadata.replication.Replicator;
import org.skep.metadata.state.Replication;
import org.skep.metadata.store.Batch;
import org.skep.mirror.Forwarder;
import org.skep.runtime.port.DiskException;

/// A [Replicator] whose waits are known to the line to the secondary, so that its silence is
/// noticed while somebody needs it.
final class WatchedReplication implements Replication {
  private final Replicator replicator;
  private final Forwarder line;

  WatchedReplication(Replicator replicator, Forwarder line) {
    this.replicator = replicator;
    this.line = line;
  }

  @FunctionalInterface
  private interface Wait {
    void run() throws DiskException;
  }

  private void watched(Wait wait) throws DiskException {
    if (!replicator.isRequired()) {
      wait.run();
      return;
    }
    line.needs(1);
    try {
      wait.run();
    } finally {
      line.needs(-1);
    }
  }

  @Override
  public void awaitRoom() throws DiskException {
    replicator.awaitRoom();
  }

  @Override
  public byte @Nullable [] log(Batch batch, long previous, long number) throws DiskException {
    return replicator.log(batch, previous, number);
  }

  @Override
  public void applied(long number, byte @Nullable [] encoded) {
    replicator.applied(number, encoded);
  }

  @Override
  public void diskFailed(DiskException reason) {
    replicator.diskFailed(reason);
  }

  @Override
  public boolean isRequired() {
    return replicator.isRequired();
  }

  @Override
  public void beginSync(long number) {
    replicator.beginSync(number);
  }

  @Override
  public void awaitAcknowledged(long number) throws DiskException {
    if (replicator.acknowledged() >= number) {
      // Most often: a read when nothing is changed.
      replicator.awaitAcknowledged(number);
    } else {
      watched(() -> replicator.awaitAcknowledged(number));
    }
  }

  @Override
  public void awaitSynced(long number) throws DiskException {
    watched(() -> replicator.awaitSynced(number));
  }

  @Override
  public void end() {
    replicator.end();
  }
}
