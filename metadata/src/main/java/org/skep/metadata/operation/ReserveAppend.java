package org.skep.metadata.operation;

import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.ReserveAppendReply;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.Written;

/// Gives a range at the end of the file to the client, so that appends of several never overlap.
final class ReserveAppend implements ShardOperation<ReserveAppendRequest, ReserveAppendReply> {
  private final Shard shard;
  private final WrittenData data;

  ReserveAppend(Shard shard, WrittenData data) {
    this.shard = shard;
    this.data = data;
  }

  @Override
  public ReserveAppendReply run(ReserveAppendRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      InodeRecord before = Checks.existing(shard, inode);
      Checks.regular(inode, before);
      if (request.getKnownSize() < 0) {
        throw new RefusedException(Errno.EFBIG, "known size below 0");
      }
      long offset = Math.max(before.getSize(), request.getKnownSize());
      if (request.getLength() < 0 || Long.MAX_VALUE - offset < request.getLength()) {
        throw new RefusedException(Errno.EFBIG, "append at " + offset);
      }
      Draft draft = shard.draft();
      InodeRecord.Builder changed = before.toBuilder();
      data.put(
          draft,
          inode,
          changed,
          Written.newBuilder().setSizeAtLeast(offset + request.getLength()).build());
      draft.put(inode, changed.build());
      ReserveAppendReply reply = ReserveAppendReply.newBuilder().setOffset(offset).build();
      shard.apply(draft, call, reply, false);
      return reply;
    }
  }
}
