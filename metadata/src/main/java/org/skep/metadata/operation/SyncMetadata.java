package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.SyncMetadataReply;
import org.skep.wire.message.SyncMetadataRequest;

/// fsync: makes durable all that the shard has acknowledged, and says whether something that the
/// client was told of is missing. Changes that concern other shards as well are durable when they
/// are acknowledged.
final class SyncMetadata implements ShardOperation<SyncMetadataRequest, SyncMetadataReply> {
  private static final int BATCHES_MAX = 64;

  private final Shard shard;

  SyncMetadata(Shard shard) {
    this.shard = shard;
  }

  @Override
  public SyncMetadataReply run(SyncMetadataRequest request, Call call)
      throws RefusedException, DiskException {
    Checks.owned(shard, request.getInode());
    if (request.getBatchesCount() > BATCHES_MAX) {
      throw new RefusedException(
          Failure.malformed("sync of " + request.getBatchesCount() + " batches"));
    }
    long synced = shard.sync();
    boolean lost = request.getBatchesList().stream().anyMatch(shard::isLost);
    return SyncMetadataReply.newBuilder().setLost(lost).setBatch(synced).build();
  }
}
