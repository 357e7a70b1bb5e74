package org.skep.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;

/// One file, directory or link of a [MemoryFileSystem], which guards it.
final class MemoryNode {
  private static final int FILE_BYTES_MAX = 64 << 20;

  final long id;
  int mode;
  int uid;
  int gid;
  int links;
  int device;
  long size;
  long modified;
  MemorySegment data = MemorySegment.NULL;
  final TreeMap<String, MemoryNode> entries = new TreeMap<>();
  final TreeMap<String, byte[]> xattrs = new TreeMap<>();
  private @Nullable Long lockOwner;
  private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

  private record Waiter(long owner, DeferredReply reply) {}

  MemoryNode(long id, int mode, int uid, int gid) {
    this.id = id;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
  }

  void fill(FuseAttributes attributes) {
    attributes
        .inode(id)
        .size(size)
        .blocks((size + 511) / 512)
        .accessed(modified, 1)
        .modified(modified, 2)
        .changed(modified, 3)
        .mode(mode)
        .links(links)
        .owner(uid, gid)
        .device(device)
        .blockSize(4096);
  }

  /// @return an errno, or 0
  int resize(long bytes) {
    if (bytes > FILE_BYTES_MAX) {
      return Errno.EFBIG.number();
    }
    if (bytes > data.byteSize()) {
      MemorySegment grown =
          Arena.ofAuto()
              .allocate(Math.min(FILE_BYTES_MAX, Math.max(bytes, 2 * data.byteSize())), 4096);
      MemorySegment.copy(data, 0, grown, 0, size);
      data = grown;
    }
    if (bytes < size) {
      data.asSlice(bytes, size - bytes).fill((byte) 0);
    }
    size = bytes;
    return 0;
  }

  /// Whether somebody else has the lock of the whole file.
  boolean isLockedAgainst(long owner) {
    return lockOwner != null && lockOwner != owner;
  }

  /// @return whether the owner has the lock now
  boolean lock(long owner) {
    if (isLockedAgainst(owner)) {
      return false;
    }
    lockOwner = owner;
    return true;
  }

  /// @param reply gets 0 as soon as the owner has the lock
  void awaitLock(long owner, DeferredReply reply) {
    waiters.add(new Waiter(owner, reply));
  }

  void unlock(long owner) {
    if (lockOwner == null || lockOwner != owner) {
      return;
    }
    lockOwner = null;
    for (Iterator<Waiter> all = waiters.iterator(); all.hasNext() && lockOwner == null; ) {
      Waiter waiter = all.next();
      all.remove();
      if (waiter.reply().reply(0)) {
        lockOwner = waiter.owner();
      }
    }
  }
}
