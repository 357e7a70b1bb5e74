package org.skep.metadata.operation;

import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.UpdateWrittenRequest;

/// Makes written data, and the time of the last read, known.
final class UpdateWritten implements ShardOperation<UpdateWrittenRequest, Attributes> {
  private final Shard shard;
  private final WrittenData data;

  UpdateWritten(Shard shard, WrittenData data) {
    this.shard = shard;
    this.data = data;
  }

  @Override
  public Attributes run(UpdateWrittenRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    WrittenData.check(request.getWritten(), request.getAtime());
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      InodeRecord before = Checks.existing(shard, inode);
      InodeRecord.Builder changed = before.toBuilder();
      Draft draft = shard.draft();
      if (request.hasWritten()) {
        Checks.regular(inode, before);
        data.put(draft, inode, changed, request.getWritten());
      }
      if (request.hasAtime()) {
        changed.setAtime(request.getAtime());
      }
      draft.put(inode, changed.build());
      Attributes reply = InodeAttributes.of(inode, changed.build());
      shard.apply(draft, call, reply, false);
      return reply;
    }
  }
}
