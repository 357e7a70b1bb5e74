package org.skep.metadata.operation;

import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.acl.Acl;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.Time;

/// chmod, chown, utimens, truncate: several at once, as one change.
final class SetAttributes implements ShardOperation<SetAttributesRequest, Attributes> {
  private static final int NOBODY = -1;

  private final Shard shard;
  private final Truncations truncations;

  SetAttributes(Shard shard, Truncations truncations) {
    this.shard = shard;
    this.truncations = truncations;
  }

  @Override
  public Attributes run(SetAttributesRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    long inode = request.getInode();
    Checks.owned(shard, inode);
    check(request);
    try (InodeLocks.Held held = shard.lock(inode, true)) {
      InodeRecord before = Checks.existing(shard, inode);
      if (request.hasSize()) {
        Checks.regular(inode, before);
      }
      Draft draft = shard.draft();
      InodeRecord.Builder changed = before.toBuilder();
      changeMode(request, changed);
      changeTimes(request, changed);
      if (request.hasMode() && before.getXattrs()) {
        changeAcl(draft, inode, changed.getMode());
      }
      if (losesCapability(request) && !FileType.isDirectory(before.getMode())) {
        Privileges.removeCapability(draft, inode, changed);
      }
      if (request.hasSize()) {
        changed
            .setSize(request.getSize())
            .setAllocatedBytes(allocated(before, request.getSize()))
            .setDataVersion(before.getDataVersion() + 1);
      }
      draft.put(inode, changed.build());
      if (request.hasSize()) {
        draft = truncations.cut(held, draft, inode, before, request.getSize());
      }
      Attributes reply = InodeAttributes.of(inode, changed.build());
      shard.apply(draft, call, reply, false);
      return reply;
    }
  }

  /// What is left of the space is estimated, until a client tells it anew: a file with holes never
  /// seems to be without any.
  private static long allocated(InodeRecord before, long size) {
    long allocated = before.getAllocatedBytes();
    if (size >= before.getSize() || allocated >= before.getSize()) {
      return size >= before.getSize() ? allocated : Math.min(allocated, size);
    }
    return Math.clamp(
        (long) ((double) allocated / before.getSize() * size), 0, Math.max(0, size - 1));
  }

  private static void check(SetAttributesRequest request) throws RefusedException {
    Checks.time(request.getAtime());
    Checks.time(request.getMtime());
    Checks.time(request.getCtime());
    if (request.hasSize() && request.getSize() < 0) {
      throw new RefusedException(Errno.EFBIG, "size " + Long.toUnsignedString(request.getSize()));
    }
    boolean nobody =
        (request.hasUid() && request.getUid() == NOBODY)
            || (request.hasGid() && request.getGid() == NOBODY);
    if (nobody) {
      throw new RefusedException(Errno.EINVAL, "owner -1 of " + Ids.text(request.getInode()));
    }
  }

  private static boolean losesCapability(SetAttributesRequest request) {
    return request.hasUid() || request.hasGid() || request.hasSize() || request.getKillSuidgid();
  }

  private static void changeMode(SetAttributesRequest request, InodeRecord.Builder changed) {
    if (request.hasUid()) {
      changed.setUid(request.getUid());
    }
    if (request.hasGid()) {
      changed.setGid(request.getGid());
    }
    int mode = changed.getMode();
    if (request.hasUid() || request.hasGid() || request.getKillSuidgid()) {
      mode = Privileges.withoutSetId(mode);
    }
    if (request.hasMode()) {
      mode = (mode & FileType.MASK) | (request.getMode() & FileType.PERMISSIONS);
      // Without a caller the change is the file system's own.
      if (request.hasCaller() && !Inheritance.isMember(request.getCaller(), changed.getGid())) {
        mode &= ~FileType.SET_GROUP;
      }
    }
    changed.setMode(mode);
  }

  private void changeAcl(Draft draft, long inode, int mode) throws DiskException {
    byte[] acl = shard.records().xattr(inode, Xattrs.ACCESS_ACL);
    if (acl != null) {
      byte[] changed = Acl.stored(acl).afterChmod(mode).bytes();
      draft.batch().put(Table.XATTRS, Keys.of(inode, Xattrs.ACCESS_ACL), changed);
    }
  }

  private void changeTimes(SetAttributesRequest request, InodeRecord.Builder changed) {
    Time now = shard.now();
    if (request.getAtimeNow() || request.hasAtime()) {
      changed.setAtime(request.getAtimeNow() ? now : request.getAtime());
    }
    if (request.getMtimeNow() || request.hasMtime()) {
      changed.setMtime(request.getMtimeNow() ? now : request.getMtime());
    } else if (request.hasSize()) {
      changed.setMtime(now);
    }
    changed.setCtime(request.hasCtime() ? request.getCtime() : now);
  }
}
