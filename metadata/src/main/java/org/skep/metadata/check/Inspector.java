package org.skep.metadata.check;

import org.skep.cluster.Ids;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Peers;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.ExamineReply;
import org.skep.wire.message.ExamineRequest;
import org.skep.wire.message.ExaminedInode;

/// Examines inodes of any shard. The caller has no lock.
final class Inspector {
  private static final long WAIT_NANOS = 8_000_000_000L;

  private final Shard shard;
  private final Examination here;
  private final Peers peers;

  Inspector(Shard shard, Examination here, Peers peers) {
    this.shard = shard;
    this.here = here;
    this.peers = peers;
  }

  /// @throws RefusedException RETRY if it is busy, or its shard does not answer
  ExaminedInode examine(long inode) throws RefusedException, DiskException, InterruptedException {
    ExamineRequest request = ExamineRequest.newBuilder().addInodes(inode).build();
    ExamineReply reply;
    if (shard.owns(inode)) {
      reply = here.run(request, new Call(Operations.EXAMINE.code(), Call.NO_CLIENT, 0, 0));
    } else {
      reply =
          switch (peers.call(Ids.shardOf(inode), Operations.EXAMINE, request, WAIT_NANOS)) {
            case Answer.Done<ExamineReply> done -> done.reply();
            case Answer.Refused<ExamineReply>(Failure failure) ->
                throw new RefusedException(failure);
          };
    }
    if (reply.getInodesCount() != 1 || reply.getInodes(0).getBusy()) {
      throw Shard.busy(inode);
    }
    return reply.getInodes(0);
  }
}
