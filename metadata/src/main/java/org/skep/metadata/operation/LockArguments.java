package org.skep.metadata.operation;

import org.skep.linux.Errno;
import org.skep.metadata.lock.HeldLock;
import org.skep.metadata.lock.LockFamily;
import org.skep.metadata.lock.LockOwner;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.LockMessage;

/// A lock as it comes over the wire, checked.
final class LockArguments {
  private LockArguments() {}

  /// The lock that is wanted, of the calling client.
  ///
  /// @throws RefusedException malformed, or EINVAL for a range that is none
  static HeldLock wanted(LockMessage message, Call call) throws RefusedException {
    if (message.getType() == LockMessage.Type.UNRECOGNIZED) {
      throw new RefusedException(Failure.malformed("lock of type " + message.getTypeValue()));
    }
    boolean exclusive = message.getType() == LockMessage.Type.WRITE;
    LockOwner owner = owner(message.getFamily(), call.client(), message.getOwner());
    if (owner.family() == LockFamily.FLOCK) {
      return new HeldLock(owner, exclusive, 0, Long.MAX_VALUE, message.getPid());
    }
    if (message.getStart() < 0 || message.getEnd() < message.getStart()) {
      throw new RefusedException(
          Errno.EINVAL, "lock from " + message.getStart() + " to " + message.getEnd());
    }
    return new HeldLock(owner, exclusive, message.getStart(), message.getEnd(), message.getPid());
  }

  static LockOwner owner(LockMessage.Family family, long client, long number)
      throws RefusedException {
    return switch (family) {
      case FCNTL -> new LockOwner(LockFamily.FCNTL, client, number);
      case FLOCK -> new LockOwner(LockFamily.FLOCK, client, number);
      case UNRECOGNIZED -> throw new RefusedException(Failure.malformed("unknown lock family"));
    };
  }

  static LockMessage message(HeldLock lock) {
    return LockMessage.newBuilder()
        .setType(lock.exclusive() ? LockMessage.Type.WRITE : LockMessage.Type.READ)
        .setFamily(
            lock.family() == LockFamily.FLOCK ? LockMessage.Family.FLOCK : LockMessage.Family.FCNTL)
        .setOwner(lock.owner().number())
        .setStart(lock.start())
        .setEnd(lock.end())
        .setPid(lock.pid())
        .build();
  }

  /// Whoever locks a file has it open: so locks end with the openings.
  ///
  /// @throws RefusedException EBADF if the client has not opened the inode
  static void checkOpen(Shard shard, long inode, Call call) throws RefusedException, DiskException {
    var opening = shard.records().opening(inode, call.client());
    if (opening.getReaders() + opening.getWriters() == 0) {
      InodeRecord record = Checks.existing(shard, inode);
      throw new RefusedException(
          Errno.EBADF,
          (FileType.isRegular(record.getMode()) ? "file" : "inode") + " is not open here");
    }
  }
}
