package org.skep.metadata.target;

import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// The store as one process sees it: once that is killed, its threads do no harm any more.
final class KillableStore implements KeyValueStore {
  private final KeyValueStore store;
  // guarded by this
  private boolean killed;
  private boolean failing;

  KillableStore(KeyValueStore store) {
    this.store = store;
  }

  synchronized void kill() {
    killed = true;
  }

  /// The disk refuses writes from now on, or not any more.
  synchronized void fail(boolean fails) {
    failing = fails;
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
    check();
    if (failing) {
      throw new DiskException(Errno.EIO.number(), "the disk fails");
    }
    store.apply(batch, sync);
  }

  @Override
  public synchronized void sync() throws DiskException {
    check();
    store.sync();
  }

  @Override
  public synchronized void close() throws DiskException {
    if (!killed) {
      store.close();
    }
  }
}
