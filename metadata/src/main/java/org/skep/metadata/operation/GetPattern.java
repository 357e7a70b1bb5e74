package org.skep.metadata.operation;

import org.skep.cluster.Target;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.GetPatternRequest;
import org.skep.wire.message.PatternMessage;

/// How files of a directory are striped, or how a file is.
final class GetPattern implements ShardOperation<GetPatternRequest, PatternMessage> {
  private final Shard shard;

  GetPattern(Shard shard) {
    this.shard = shard;
  }

  @Override
  public PatternMessage run(GetPatternRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getInode());
    try (InodeLocks.Held _ = shard.lock(request.getInode(), false)) {
      InodeRecord record = Checks.existing(shard, request.getInode());
      if (FileType.isDirectory(record.getMode())) {
        return record.getPattern();
      }
      Checks.regular(request.getInode(), record);
      return PatternMessage.newBuilder()
          .setKind(record.getLayout().getKind())
          .setChunkBytes(record.getLayout().getChunkBytes())
          .setTargetCount(record.getLayout().getStripesCount())
          .setStoragePoolId(Target.DEFAULT_POOL)
          .build();
    }
  }
}
