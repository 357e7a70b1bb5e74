package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.SyncMetadataRequest;

/// fsync: makes durable all that the shard has acknowledged. Changes that concern other shards as
/// well are durable when they are acknowledged.
final class SyncMetadata implements ShardOperation<SyncMetadataRequest, Empty> {
  private final Shard shard;

  SyncMetadata(Shard shard) {
    this.shard = shard;
  }

  @Override
  public Empty run(SyncMetadataRequest request, Call call) throws RefusedException, DiskException {
    Checks.owned(shard, request.getInode());
    shard.sync();
    return Empty.getDefaultInstance();
  }
}
