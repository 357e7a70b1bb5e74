package org.skep.metadata.operation;

import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.RemoveXattrRequest;

/// Removes an extended attribute.
final class RemoveXattr implements ShardOperation<RemoveXattrRequest, Empty> {
  private final Shard shard;

  RemoveXattr(Shard shard) {
    this.shard = shard;
  }

  @Override
  public Empty run(RemoveXattrRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    Xattrs.checkName(request.getName());
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      InodeRecord before = Checks.existing(shard, inode);
      if (shard.records().xattr(inode, request.getName()) == null) {
        throw new RefusedException(Errno.ENODATA, request.getName().toStringUtf8());
      }
      InodeRecord.Builder changed = before.toBuilder().setCtime(shard.now());
      if (request.getName().equals(Privileges.CAPABILITY)) {
        changed.setCapability(false);
      }
      Draft draft = shard.draft();
      draft.batch().delete(Table.XATTRS, Keys.of(inode, request.getName()));
      draft.put(inode, changed.build());
      shard.apply(draft, call, Empty.getDefaultInstance(), false);
      return Empty.getDefaultInstance();
    }
  }
}
