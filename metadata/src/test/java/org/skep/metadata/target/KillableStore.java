package org.skep.metadata.target;

import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// The store as one process sees it: once that is killed, its threads do no harm any more. Its disk
/// can refuse, and it can keep who writes waiting.
final class KillableStore implements KeyValueStore {
  private final KeyValueStore store;
  // guarded by this
  private boolean killed;
  private @Nullable Errno failure;
  private @Nullable Errno failureOfSyncs;
  private @Nullable Table failingTable;
  private @Nullable Table heldTable;
  private int held;

  KillableStore(KeyValueStore store) {
    this.store = store;
  }

  synchronized void kill() {
    killed = true;
    notifyAll();
  }

  /// The disk refuses writes from now on.
  synchronized void fail(Errno errno) {
    failure = errno;
  }

  /// The disk refuses writes to that table from now on.
  synchronized void fail(Errno errno, Table table) {
    failure = errno;
    failingTable = table;
  }

  /// The disk takes writes, but fails when they are to be put on it.
  synchronized void failSyncs(Errno errno) {
    failureOfSyncs = errno;
  }

  /// The disk works again.
  synchronized void work() {
    failure = null;
    failureOfSyncs = null;
    failingTable = null;
  }

  /// Who writes to the table waits from now on.
  synchronized void hold(Table table) {
    heldTable = table;
  }

  /// How many wait.
  synchronized int held() {
    return held;
  }

  synchronized void release() {
    heldTable = null;
    notifyAll();
  }

  private static boolean touches(Batch batch, Table table) {
    boolean[] touches = new boolean[1];
    batch.replay(
        new Batch.Sink<RuntimeException>() {
          @Override
          public void put(Table in, byte[] key, byte[] value) {
            touches[0] |= in == table;
          }

          @Override
          public void delete(Table in, byte[] key) {
            touches[0] |= in == table;
          }

          @Override
          public void deleteRange(Table in, byte[] from, byte[] to) {
            touches[0] |= in == table;
          }
        });
    return touches[0];
  }

  /// Not for ever; reads go on meanwhile.
  private void await(Batch batch) throws DiskException {
    held++;
    try {
      while (!killed && heldTable != null && touches(batch, heldTable)) {
        wait(60_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DiskException(Errno.EIO.number(), "interrupted");
    } finally {
      held--;
    }
  }

  private void check() throws DiskException {
    if (killed) {
      throw new DiskException(Errno.EIO.number(), "killed");
    }
  }

  @Override
  public synchronized byte @Nullable [] get(Table table, byte[] key) throws DiskException {
    check();
    return store.get(table, key);
  }

  @Override
  public synchronized Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
    check();
    return store.scan(table, from, to);
  }

  @Override
  public synchronized Cursor scanBackwards(Table table, byte[] from, byte[] to)
      throws DiskException {
    check();
    return store.scanBackwards(table, from, to);
  }

  @Override
  public synchronized void apply(Batch batch, boolean sync) throws DiskException {
    await(batch);
    check();
    if (failure != null && (failingTable == null || touches(batch, failingTable))) {
      throw new DiskException(failure.number(), "the disk fails");
    }
    if (sync && failureOfSyncs != null) {
      throw new DiskException(failureOfSyncs.number(), "the disk fails");
    }
    store.apply(batch, sync);
  }

  @Override
  public synchronized void sync() throws DiskException {
    check();
    if (failureOfSyncs != null) {
      throw new DiskException(failureOfSyncs.number(), "the disk fails");
    }
    store.sync();
  }

  @Override
  public synchronized void close() throws DiskException {
    if (!killed) {
      store.close();
    }
  }
}
