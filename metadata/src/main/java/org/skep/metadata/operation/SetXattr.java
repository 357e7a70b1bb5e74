package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.acl.AclAttribute;
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
      InodeRecord.Builder changed = before.toBuilder().setCtime(shard.now());
      byte[] value = value(request, before.getMode(), changed);
      Draft draft = shard.draft();
      byte[] key = Keys.of(inode, name);
      if (value == null) {
        draft.batch().delete(Table.XATTRS, key);
      } else {
        draft.batch().put(Table.XATTRS, key, value);
        changed.setXattrs(true);
      }
      if (name.equals(Privileges.CAPABILITY)) {
        changed.setCapability(true);
      }
      draft.put(inode, changed.build());
      shard.apply(draft, call, Empty.getDefaultInstance(), false);
      return Empty.getDefaultInstance();
    }
  }

  /// The value to be stored, or null for none: an access list that says no more than the mode only
  /// changes that.
  private static byte @Nullable [] value(
      SetXattrRequest request, int mode, InodeRecord.Builder changed) throws RefusedException {
    byte[] value = request.getValue().toByteArray();
    AclAttribute.Decision decision;
    if (request.getName().equals(Xattrs.ACCESS_ACL)) {
      decision = AclAttribute.setAccess(mode, value, request.getAclKillSgid());
    } else if (request.getName().equals(Xattrs.DEFAULT_ACL)) {
      decision = AclAttribute.setDefault(mode, value);
    } else {
      return value;
    }
    return switch (decision) {
      case AclAttribute.Decision.Refused refused ->
          throw new RefusedException(refused.errno(), "access control list");
      case AclAttribute.Decision.Stored stored -> {
        changed.setMode(stored.mode());
        yield stored.acl() == null ? null : stored.acl().bytes();
      }
    };
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
