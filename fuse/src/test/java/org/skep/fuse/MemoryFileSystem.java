package org.skep.fuse;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;

/// A file system in memory with one lock, to try the protocol with: files up to a bound,
/// directories, links, attributes, whole-file locks. Test only.
public final class MemoryFileSystem extends MemoryNames {
  public volatile @Nullable FuseNegotiation negotiation;
  public volatile int destroyCount;

  @Override
  public void init(FuseNegotiation agreed) {
    negotiation = agreed;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate")
  public void destroy() {
    destroyCount++;
  }

  @Override
  public synchronized int getattr(
      FuseRequest request, long node, long handle, AttributesReply reply) {
    reply.valid(VALID_NANOS);
    node(node).fill(reply.attributes());
    return 0;
  }

  @Override
  public synchronized int setattr(
      FuseRequest request, long id, SetAttributes changes, AttributesReply reply) {
    MemoryNode node = node(id);
    if (changes.setsMode()) {
      node.mode = (node.mode & FuseFlags.S_IFMT) | (changes.mode() & 07777);
    }
    if (changes.setsUid()) {
      node.uid = changes.uid();
    }
    if (changes.setsGid()) {
      node.gid = changes.gid();
    }
    if (changes.setsSize()) {
      int errno = node.resize(changes.sizeBytes());
      if (errno != 0) {
        return errno;
      }
    }
    if (changes.setsModified()) {
      node.modified = changes.modifiedNow() ? tick() : changes.modifiedSeconds();
    }
    node.fill(reply.attributes());
    return 0;
  }

  @Override
  public synchronized int open(
      FuseRequest request, long id, int flags, int extraFlags, OpenReply reply) {
    if ((flags & OpenFlags.O_TRUNC) != 0) {
      node(id).resize(0);
    }
    reply.handle(id).flags(openFlags);
    return 0;
  }

  @Override
  public int read(
      FuseRequest request,
      long id,
      long handle,
      long offset,
      int size,
      int readFlags,
      long lockOwner,
      int flags,
      ReadReply reply) {
    synchronized (this) {
      MemoryNode node = node(id);
      if (offset < node.size) {
        reply.add(node.data.asSlice(offset, Math.min(size, node.size - offset)));
      }
      reply.send();
      return 0;
    }
  }

  @Override
  public synchronized int write(
      FuseRequest request,
      long id,
      long handle,
      long offset,
      MemorySegment data,
      int writeFlags,
      long lockOwner,
      int flags,
      CountReply reply) {
    MemoryNode node = node(id);
    long at = (flags & OpenFlags.O_APPEND) != 0 ? node.size : offset;
    if (at + data.byteSize() > node.size) {
      int errno = node.resize(at + data.byteSize());
      if (errno != 0) {
        return errno;
      }
    }
    MemorySegment.copy(data, 0, node.data, at, data.byteSize());
    node.modified = tick();
    reply.value(data.byteSize());
    return 0;
  }

  @Override
  public int statfs(FuseRequest request, long node, StatfsReply reply) {
    reply.blocks(1000, 900, 800, 4096).inodes(500, 400).nameBytesMax(255);
    return 0;
  }

  @Override
  public int flush(FuseRequest request, long node, long handle, long lockOwner) {
    return 0;
  }

  @Override
  public synchronized int release(
      FuseRequest request, long id, long handle, int flags, int releaseFlags, long owner) {
    if ((releaseFlags & FuseFlags.FUSE_RELEASE_FLOCK_UNLOCK) != 0) {
      node(id).unlock(owner);
    }
    return 0;
  }

  @Override
  public int fsync(FuseRequest request, long node, long handle, boolean dataOnly) {
    return 0;
  }

  @Override
  public synchronized int setxattr(
      FuseRequest request, long id, byte[] name, byte[] value, int flags, int extraFlags) {
    boolean present = node(id).xattrs.containsKey(text(name));
    if ((flags & FuseFlags.XATTR_CREATE) != 0 && present) {
      return Errno.EEXIST.number();
    }
    if ((flags & FuseFlags.XATTR_REPLACE) != 0 && !present) {
      return Errno.ENODATA.number();
    }
    node(id).xattrs.put(text(name), value);
    return 0;
  }

  @Override
  public synchronized int getxattr(FuseRequest request, long id, byte[] name, BytesReply reply) {
    byte[] value = node(id).xattrs.get(text(name));
    if (value == null) {
      return Errno.ENODATA.number();
    }
    reply.append(value);
    return 0;
  }

  @Override
  public synchronized int listxattr(FuseRequest request, long id, BytesReply reply) {
    for (String name : node(id).xattrs.keySet()) {
      reply.appendName(bytes(name));
    }
    return 0;
  }

  @Override
  public synchronized int removexattr(FuseRequest request, long id, byte[] name) {
    return node(id).xattrs.remove(text(name)) == null ? Errno.ENODATA.number() : 0;
  }

  @Override
  public int fsyncdir(FuseRequest request, long node, long handle, boolean dataOnly) {
    return 0;
  }

  @Override
  public synchronized int getlk(
      FuseRequest request,
      long id,
      long handle,
      long owner,
      long first,
      long last,
      int type,
      int pid,
      LockReply reply) {
    if (node(id).isLockedAgainst(owner)) {
      reply.conflict(0, Long.MAX_VALUE, FuseFlags.F_WRLCK, 4711);
    }
    return 0;
  }

  @Override
  public synchronized int setlk(
      FuseRequest request,
      long id,
      long handle,
      long owner,
      long first,
      long last,
      int type,
      int pid,
      boolean flock,
      boolean wait) {
    MemoryNode node = node(id);
    if (type == FuseFlags.F_UNLCK) {
      node.unlock(owner);
      return 0;
    }
    if (node.lock(owner)) {
      return 0;
    }
    if (!wait) {
      return Errno.EAGAIN.number();
    }
    DeferredReply reply = request.defer();
    node.awaitLock(owner, reply);
    reply.onInterrupt(() -> reply.reply(Errno.EINTR.number()));
    return DEFERRED;
  }

  @Override
  public synchronized int fallocate(
      FuseRequest request, long id, long handle, long offset, long length, int mode) {
    MemoryNode node = node(id);
    return offset + length > node.size ? node.resize(offset + length) : 0;
  }

  @Override
  public synchronized int lseek(
      FuseRequest request, long id, long handle, long offset, int whence, CountReply reply) {
    MemoryNode node = node(id);
    if (offset >= node.size) {
      return Errno.ENXIO.number();
    }
    reply.value(whence == 3 ? offset : node.size);
    return 0;
  }

  @Override
  public synchronized int copyFileRange(
      FuseRequest request,
      long id,
      long handle,
      long offset,
      long targetNode,
      long targetHandle,
      long targetOffset,
      long length,
      CountReply reply) {
    MemoryNode node = node(id);
    MemoryNode target = node(targetNode);
    long bytes = Math.min(length, Math.max(0, node.size - offset));
    int errno = targetOffset + bytes > target.size ? target.resize(targetOffset + bytes) : 0;
    if (errno == 0) {
      MemorySegment.copy(node.data, offset, target.data, targetOffset, bytes);
      reply.value(bytes);
    }
    return errno;
  }

  @Override
  public int syncfs(FuseRequest request, long node) {
    return 0;
  }

  @Override
  public synchronized int statx(
      FuseRequest request, long id, long handle, int flags, int mask, StatxReply reply) {
    MemoryNode node = node(id);
    reply
        .mask(StatxReply.STATX_BASIC_STATS | StatxReply.STATX_BTIME)
        .inode(node.id)
        .mode(node.mode)
        .links(node.links)
        .owner(node.uid, node.gid)
        .size(node.size, (node.size + 511) / 512)
        .blockSize(4096)
        .accessed(node.modified, 1)
        .modified(node.modified, 2)
        .changed(node.modified, 3)
        .born(7, 4)
        .valid(VALID_NANOS);
    return 0;
  }
}
