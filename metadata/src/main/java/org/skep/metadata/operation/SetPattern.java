package org.skep.metadata.operation;

import org.skep.cluster.StripePattern;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Empty;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.SetPatternRequest;

/// Says how new files of a directory, and of its new subdirectories, are striped.
final class SetPattern implements ShardOperation<SetPatternRequest, Empty> {
  private final Shard shard;

  SetPattern(Shard shard) {
    this.shard = shard;
  }

  @Override
  public Empty run(SetPatternRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    StripePattern pattern = pattern(request.getPattern());
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      InodeRecord before = Checks.directory(shard, inode);
      Draft draft = shard.draft();
      draft.put(
          inode,
          before.toBuilder().setPattern(MapCodec.message(pattern)).setCtime(shard.now()).build());
      shard.apply(draft, call, Empty.getDefaultInstance(), false);
      return Empty.getDefaultInstance();
    }
  }

  private static StripePattern pattern(PatternMessage message) throws RefusedException {
    try {
      return MapCodec.of(message);
    } catch (MalformedFrameException e) {
      throw new RefusedException(Errno.EINVAL, String.valueOf(e.getMessage()));
    }
  }
}
