package org.skep.metadata.state;

import org.jspecify.annotations.Nullable;
import org.skep.metadata.store.Batch;
import org.skep.runtime.port.DiskException;

/// Where a shard's batches go besides its own store. Any thread may call it, where nothing else is
/// said.
public interface Replication {

  /// The shard has no secondary, ever.
  Replication NONE =
      new Replication() {
        @Override
        public void awaitRoom() {}

        @Override
        public byte @Nullable [] log(Batch batch, long previous, long number) {
          return null;
        }

        @Override
        public void applied(long number, byte @Nullable [] encoded) {}

        @Override
        public void diskFailed(DiskException reason) {}

        @Override
        public boolean isRequired() {
          return false;
        }

        @Override
        public void beginSync(long number) {}

        @Override
        public void awaitAcknowledged(long number) {}

        @Override
        public void awaitSynced(long number) {}

        @Override
        public void end() {}
      };

  /// Waits until one more batch may be queued. Not with the lock under which batches are applied.
  ///
  /// @throws ShardEndedException once it has ended
  void awaitRoom() throws DiskException;

  /// Adds the log's entry to a batch that is about to be applied. Called by the one who applies, as
  /// are [#applied] and nothing else in between; not followed by it if the store refuses.
  ///
  /// @param previous the number of the batch before it, 0 if it is the store's first
  /// @return the batch as it is logged, or null if nothing is logged
  byte @Nullable [] log(Batch batch, long previous, long number) throws DiskException;

  /// The batch was applied here.
  ///
  /// @param encoded what [#log] gave
  void applied(long number, byte @Nullable [] encoded);

  /// The own disk failed.
  void diskFailed(DiskException reason);

  /// Whether a change counts only when the secondary has it.
  boolean isRequired();

  /// Has the secondary make durable all up to batch `number`, beside what the caller does next.
  void beginSync(long number);

  /// Returns when the secondary has batch `number` and all before it, or need not have them.
  ///
  /// @throws ShardEndedException once it has ended
  void awaitAcknowledged(long number) throws DiskException;

  /// Returns when the secondary has batch `number` and all before it on its disk, or need not.
  ///
  /// @throws ShardEndedException once it has ended
  void awaitSynced(long number) throws DiskException;

  /// Nobody waits any more: all who do hear [ShardEndedException]. Does not block.
  void end();
}
