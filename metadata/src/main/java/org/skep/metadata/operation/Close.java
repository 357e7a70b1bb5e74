package org.skep.metadata.operation;

import java.util.List;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.lock.LockChange;
import org.skep.metadata.lock.LockTable;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Openings;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.Empty;

/// Ends one opening of a file; the client's last one ends its locks on it. The last one of an
/// unlinked file takes the file away.
final class Close implements ShardOperation<CloseRequest, Empty> {
  private final Shard shard;
  private final WrittenData data;
  private final HeldLocks locks;

  Close(Shard shard, WrittenData data, HeldLocks locks) {
    this.shard = shard;
    this.locks = locks;
    this.data = data;
  }

  @Override
  public Empty run(CloseRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    WrittenData.check(request.getWritten(), request.getAtime());
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      InodeRecord before = Checks.existing(shard, inode);
      Checks.regular(inode, before);
      InodeRecord.Builder changed = before.toBuilder();
      Draft draft = shard.draft();
      if (request.hasWritten()) {
        data.put(draft, inode, changed, request.getWritten());
      }
      if (request.hasAtime()) {
        changed.setAtime(request.getAtime());
      }
      if (request.hasWritten() || request.hasAtime()) {
        draft.put(inode, changed.build());
      }
      Openings.remove(
          draft,
          inode,
          call.client(),
          request.getOpenedForWriting(),
          request.hasWritten() || !request.getNeverWritten());
      LockChange released = released(inode, call, request.getOpenedForWriting());
      HeldLocks.record(draft.batch(), inode, released);
      shard.apply(draft, call, Empty.getDefaultInstance(), false);
      locks.applied(inode, released);
      return Empty.getDefaultInstance();
    }
  }

  /// A client unlocks before it closes; what it has forgotten goes with its last opening.
  private LockChange released(long inode, Call call, boolean writing) throws DiskException {
    LockTable table = locks.of(inode);
    if (!table.has(call.client())) {
      return new LockChange(table, List.of(), List.of());
    }
    OpeningRecord mine = shard.records().opening(inode, call.client());
    int readers = mine.getReaders() - (writing ? 0 : 1);
    int writers = mine.getWriters() - (writing ? 1 : 0);
    return readers > 0 || writers > 0
        ? new LockChange(table, List.of(), List.of())
        : table.releaseClient(call.client());
  }
}
