package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.GetXattrReply;
import org.skep.wire.message.GetXattrRequest;

/// The value of an extended attribute.
final class GetXattr implements ShardOperation<GetXattrRequest, GetXattrReply> {
  private final Shard shard;

  GetXattr(Shard shard) {
    this.shard = shard;
  }

  @Override
  public GetXattrReply run(GetXattrRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getInode());
    Xattrs.checkName(request.getName());
    try (InodeLocks.Held _ = shard.lock(request.getInode(), false)) {
      InodeRecord record = Checks.existing(shard, request.getInode());
      byte[] value =
          record.getXattrs() ? shard.records().xattr(request.getInode(), request.getName()) : null;
      if (value == null) {
        throw new RefusedException(Errno.ENODATA, request.getName().toStringUtf8());
      }
      return GetXattrReply.newBuilder().setValue(ByteString.copyFrom(value)).build();
    }
  }
}
