package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.OpenRequest;

/// Opens a regular file.
final class Open implements ShardOperation<OpenRequest, Attributes> {
  private final Shard shard;
  private final FileOpening opening;

  Open(Shard shard, FileOpening opening) {
    this.shard = shard;
    this.opening = opening;
  }

  @Override
  public Attributes run(OpenRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getInode());
    return opening.open(
        request.getInode(), request.getFlags(), request.getCaller(), call, opened -> opened);
  }
}
