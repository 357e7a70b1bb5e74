package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import java.util.List;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.Limits;
import org.skep.wire.message.Empty;
import org.skep.wire.message.SetXattrRequest;

/// Sets an extended attribute.
final class SetXattr implements ShardOperation<SetXattrRequest, Empty> {
  private static final int XATTR_CREATE = 1;
  private static final int XATTR_REPLACE = 2;

  private final Shard shard;

  SetXattr(Shard shard) {
    this.shard = shard;
  }

  @Override
  public Empty run(SetXattrRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    ByteString name = request.getName();
    Checks.owned(shard, inode);
    Xattrs.checkName(name);
    checkRequest(request);
    try (InodeLocks.Held _ = shard.lock(inode, true)) {
      InodeRecord before = Checks.existing(shard, inode);
      checkPresence(request, before);
      InodeRecord.Builder changed = before.toBuilder().setXattrs(true).setCtime(shard.now());
      if (request.getAclKillSgid()) {
        changed.setMode(before.getMode() & ~FileType.SET_GROUP);
      }
      if (name.equals(Privileges.CAPABILITY)) {
        changed.setCapability(true);
      }
      Draft draft = shard.draft();
      draft.batch().put(Table.XATTRS, Keys.of(inode, name), request.getValue().toByteArray());
      draft.put(inode, changed.build());
      shard.apply(draft, call, Empty.getDefaultInstance(), false);
      return Empty.getDefaultInstance();
    }
  }

  private static void checkRequest(SetXattrRequest request) throws RefusedException {
    if (request.getValue().size() > Limits.XATTR_VALUE_BYTES_MAX) {
      throw new RefusedException(
          Errno.E2BIG, "attribute value of " + request.getValue().size() + " bytes");
    }
    int flags = request.getFlags();
    if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) != 0) {
      throw new RefusedException(Failure.malformed("attribute flags " + flags));
    }
  }

  private void checkPresence(SetXattrRequest request, InodeRecord record)
      throws RefusedException, DiskException {
    List<ByteString> names =
        record.getXattrs() ? Xattrs.names(shard, request.getInode()) : List.of();
    boolean present = names.contains(request.getName());
    if (present && (request.getFlags() & XATTR_CREATE) != 0) {
      throw new RefusedException(Errno.EEXIST, request.getName().toStringUtf8());
    }
    if (!present && (request.getFlags() & XATTR_REPLACE) != 0) {
      throw new RefusedException(Errno.ENODATA, request.getName().toStringUtf8());
    }
    boolean full =
        !present && Xattrs.listBytes(names) + request.getName().size() + 1 > Xattrs.LIST_BYTES_MAX;
    if (full) {
      throw new RefusedException(Errno.ENOSPC, "too many attributes");
    }
  }
}
