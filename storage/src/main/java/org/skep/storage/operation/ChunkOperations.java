package org.skep.storage.operation;

import org.skep.runtime.port.Clock;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.storage.target.ServedTargets;
import org.skep.wire.Operations;

/// All that a storage server answers.
public final class ChunkOperations {

  private ChunkOperations() {}

  public static Dispatcher register(Dispatcher dispatcher, ServedTargets targets, Clock clock) {
    return dispatcher
        .onStream(Operations.WRITE_CHUNK, new WriteChunk(targets))
        .on(Operations.READ_CHUNK, new ReadChunk(targets))
        .on(Operations.TRUNCATE_CHUNK, new TruncateChunk(targets))
        .on(Operations.PUNCH_CHUNK, new PunchChunk(targets))
        .on(Operations.ALLOCATE_CHUNK, new AllocateChunk(targets))
        .on(Operations.SYNC_CHUNK, new SyncChunk(targets))
        .on(Operations.STAT_CHUNK, new StatChunk(targets))
        .on(Operations.SEEK_CHUNK, new SeekChunk(targets))
        .on(Operations.REMOVE_CHUNKS, new RemoveChunks(targets))
        .on(Operations.LIST_CHUNKS, new ListChunks(targets))
        .on(Operations.CONFIRM, new ConfirmChanges(targets))
        .on(Operations.CHUNK_SUMS, new ChunkSums(targets))
        .on(Operations.COPY_CHUNK, new CopyChunk(targets))
        .on(Operations.RESYNC_BEGIN, new ResyncBegin(targets))
        .on(Operations.RESYNC_END, new ResyncEnd(targets))
        .on(Operations.START_RESYNC, new StartResync(targets))
        .on(Operations.RESYNC_STATS, new ResyncStats(targets))
        .on(Operations.STAT_CHUNKS, new StatChunks(targets))
        .on(Operations.LIST_COPIES, new ListCopies(targets))
        .on(Operations.COMPARE_CHUNKS, new CompareChunks(targets, clock))
        .on(Operations.EQUALIZE_CHUNK, new EqualizeChunk(targets));
  }
}
