package org.skep.mount;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.Interruption;
import org.skep.fuse.DeferredReply;
import org.skep.fuse.FuseFlags;
import org.skep.fuse.FuseOperations;
import org.skep.fuse.FuseRequest;
import org.skep.fuse.LockReply;
import org.skep.linux.Errno;
import org.skep.runtime.port.Threads;
import org.skep.wire.message.GetLockReply;
import org.skep.wire.message.LockMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Locks. One that has to wait does so on a thread of its own, so that it holds up no other
/// request. Any thread.
final class LockCalls {
  private static final Logger LOG = LoggerFactory.getLogger(LockCalls.class);
  private static final int EAGAIN = Errno.EAGAIN.number();
  private static final int ENOLCK = Errno.ENOLCK.number();
  private static final int EINVAL = Errno.EINVAL.number();

  /// A waiting lock costs a thread and a connection.
  private static final int WAITING_MAX = 1000;

  private record Key(long inode, long owner, LockMessage.Family family) {}

  private final FileSystem files;
  private final Threads threads;
  private final AtomicInteger waiting = new AtomicInteger();

  /// Who may hold locks through this mount: only they cost a request when they close.
  private final ConcurrentHashMap<Key, Boolean> owners = new ConcurrentHashMap<>();

  LockCalls(FileSystem files, Threads threads) {
    this.files = files;
    this.threads = threads;
  }

  void get(long inode, LockMessage lock, LockReply reply) throws ErrnoException {
    GetLockReply answer = files.getLock(inode, lock);
    if (answer.hasConflict()) {
      LockMessage conflict = answer.getConflict();
      int type =
          conflict.getType() == LockMessage.Type.WRITE ? FuseFlags.F_WRLCK : FuseFlags.F_RDLCK;
      reply.conflict(conflict.getStart(), conflict.getEnd(), type, conflict.getPid());
    }
  }

  /// @return 0, or DEFERRED while it waits
  int set(FuseRequest request, Opening opening, LockMessage lock, boolean wait)
      throws ErrnoException {
    long inode = opening.file().inode();
    if (lock.getType() != LockMessage.Type.UNLOCK) {
      owners.put(new Key(inode, lock.getOwner(), lock.getFamily()), Boolean.TRUE);
      if (lock.getFamily() == LockMessage.Family.FCNTL) {
        opening.lockOwners().add(lock.getOwner());
      }
    }
    if (lock.getType() != LockMessage.Type.UNLOCK) {
      request.ifUnheard(() -> forget(inode, lock));
    }
    try {
      files.setLock(inode, lock, false, Interruption.NONE);
      return 0;
    } catch (ErrnoException e) {
      if (!wait || e.errno() != EAGAIN) {
        throw e;
      }
    }
    if (waiting.incrementAndGet() > WAITING_MAX) {
      waiting.decrementAndGet();
      throw new ErrnoException(ENOLCK, WAITING_MAX + " locks are waited for on this mount");
    }
    DeferredReply reply = request.defer();
    threads.start("mount-lock", () -> await(inode, lock, reply));
    return FuseOperations.DEFERRED;
  }

  /// Its process was killed and has closed the file before the lock was granted.
  private void forget(long inode, LockMessage lock) {
    try {
      LockMessage unlock = lock.toBuilder().setType(LockMessage.Type.UNLOCK).build();
      files.setLock(inode, unlock, false, Interruption.NONE);
    } catch (ErrnoException e) {
      LOG.warn("a lock of a killed process could not be released: {}", e.getMessage());
    }
  }

  private void await(long inode, LockMessage lock, DeferredReply reply) {
    int errno = 0;
    try {
      files.setLock(inode, lock, true, interruption(reply));
    } catch (ErrnoException e) {
      errno = e.errno();
    } finally {
      waiting.decrementAndGet();
    }
    reply.reply(errno);
  }

  private static Interruption interruption(DeferredReply reply) {
    return new Interruption() {
      @Override
      public boolean requested() {
        return reply.interrupted();
      }

      @Override
      public void onRequest(Runnable wake) {
        reply.onInterrupt(wake);
      }
    };
  }

  /// The owner has closed the file: its locks end.
  void closed(long inode, long owner, LockMessage.Family family) throws ErrnoException {
    if (owners.remove(new Key(inode, owner, family)) != null) {
      files.releaseLocks(inode, owner, family);
    }
  }

  /// @throws ErrnoException EINVAL for a type that fcntl(2) does not know
  static LockMessage message(
      long owner, long first, long last, int type, int pid, LockMessage.Family family)
      throws ErrnoException {
    LockMessage.Type wanted =
        switch (type) {
          case FuseFlags.F_RDLCK -> LockMessage.Type.READ;
          case FuseFlags.F_WRLCK -> LockMessage.Type.WRITE;
          case FuseFlags.F_UNLCK -> LockMessage.Type.UNLOCK;
          default -> throw new ErrnoException(EINVAL, "lock type " + type);
        };
    return LockMessage.newBuilder()
        .setType(wanted)
        .setFamily(family)
        .setOwner(owner)
        .setStart(first)
        .setEnd(last)
        .setPid(pid)
        .build();
  }
}
