package org.skep.simulation.cluster;

import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.simulation.world.SimulatedProcess;

/// A store that takes the time of its disk. Closing it leaves the store for the next life.
final class PacedStore implements KeyValueStore {
  private final KeyValueStore store;
  private final SimulatedProcess process;
  private final DiskPace pace;

  PacedStore(KeyValueStore store, SimulatedProcess process, DiskPace pace) {
    this.store = store;
    this.process = process;
    this.pace = pace;
  }

  private void await(boolean sync) throws DiskException {
    try {
      pace.await(process, sync);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DiskException(Errno.EIO.number(), "interrupted while the disk was slow");
    }
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) throws DiskException {
    return store.get(table, key);
  }

  @Override
  public Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
    return store.scan(table, from, to);
  }

  @Override
  public Cursor scanBackwards(Table table, byte[] from, byte[] to) throws DiskException {
    return store.scanBackwards(table, from, to);
  }

  @Override
  public void apply(Batch batch, boolean sync) throws DiskException {
    await(false);
    store.apply(batch, sync);
    if (sync) {
      await(true);
    }
  }

  @Override
  public void sync() throws DiskException {
    await(true);
    store.sync();
    await(true);
  }

  @Override
  public void close() throws DiskException {
    store.sync();
  }
}
