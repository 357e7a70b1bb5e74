package org.skep.metadata.store;

import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.DiskException;

/// Ordered byte keys (compared unsigned) with values, in [Table]s, on a disk. Any thread may call
/// it.
///
/// A batch is seen by all reads that begin after [#apply] returned. A crash of the process loses
/// nothing that was applied; a crash of the host may lose the last batches that were not synced: a
/// suffix in the order of application, never one from the middle, never half of one.
///
/// Failures are [DiskException]s with ENOSPC or EIO; the batch was not applied then, except that
/// after a failed sync nothing is known about what was not synced before.
public interface KeyValueStore extends AutoCloseable {

  /// The value, which belongs to the caller, or null.
  byte @Nullable [] get(Table table, byte[] key) throws DiskException;

  /// The keys from `from` to before `to`, ascending.
  Cursor scan(Table table, byte[] from, byte[] to) throws DiskException;

  /// The keys from `from` to before `to`, descending.
  Cursor scanBackwards(Table table, byte[] from, byte[] to) throws DiskException;

  /// Applies the batch.
  ///
  /// @param sync return only when it (and all before it) is on the disk
  void apply(Batch batch, boolean sync) throws DiskException;

  /// Returns when all batches that were applied before the call are on the disk.
  void sync() throws DiskException;

  /// Waits for calls that are under way, syncs, and lets go of the files. Later calls fail.
  @Override
  void close() throws DiskException;
}
