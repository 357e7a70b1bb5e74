package org.skep.mount;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.fuse.CountReply;
import org.skep.fuse.EntryReply;
import org.skep.fuse.FuseFlags;
import org.skep.fuse.FuseRequest;
import org.skep.fuse.OpenReply;
import org.skep.fuse.ReadReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.SetAttributesRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Open files: opening, reading, writing, closing. Any thread.
final class FileCalls {
  private static final Logger LOG = LoggerFactory.getLogger(FileCalls.class);

  private static final int O_ACCMODE = 3;
  private static final int O_EXCL = 0200;
  private static final int O_TRUNC = 01000;
  private static final int O_APPEND = 02000;
  private static final int SEEK_HOLE = 4;
  private static final int SUID_OR_SGID = 06000;
  private static final int READ_BYTES_MAX = 1 << 20;

  /// A READ's bytes on their way to the kernel: one buffer for each serving thread, of which there
  /// are at most 72.
  private static final ThreadLocal<ByteBuffer> READ_BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(READ_BYTES_MAX));

  private final FileSystem files;
  private final Nodes nodes;
  private final Callers callers;
  private final OpenNodes openNodes = new OpenNodes();
  private final Handles<Opening> handles = new Handles<>();
  private final Invalidations invalidations;

  FileCalls(FileSystem files, Nodes nodes, Callers callers, Invalidations invalidations) {
    this.files = files;
    this.nodes = nodes;
    this.callers = callers;
    this.invalidations = invalidations;
  }

  OpenNodes openNodes() {
    return openNodes;
  }

  Opening opening(long handle) throws ErrnoException {
    return handles.get(handle);
  }

  void open(FuseRequest request, long node, int flags, int openFlags, OpenReply reply)
      throws ErrnoException {
    long inode = nodes.inode(node);
    OpenFile file = files.open(inode, flags, callers.of(request));
    if ((openFlags & FuseFlags.FUSE_OPEN_KILL_SUIDGID) != 0 && (flags & O_TRUNC) != 0) {
      dropPrivileges(inode);
    }
    answer(request, file, flags, reply);
  }

  void create(
      FuseRequest request,
      long parent,
      byte[] name,
      int flags,
      int mode,
      int umask,
      EntryReply entry,
      OpenReply reply)
      throws ErrnoException {
    CreateRequest create =
        CreateRequest.newBuilder()
            .setParent(nodes.inode(parent))
            .setName(Nodes.name(name))
            .setMode(mode)
            .setUmask(umask)
            .setExclusive((flags & O_EXCL) != 0)
            .setOpenFlags(flags)
            .setCaller(callers.of(request, mode))
            .build();
    OpenFile file = files.create(create);
    nodes.fill(entry, file.attributes());
    answer(request, file, flags, reply);
  }

  void createUnnamed(
      FuseRequest request,
      long parent,
      int flags,
      int mode,
      int umask,
      EntryReply entry,
      OpenReply reply)
      throws ErrnoException {
    CreateUnnamedRequest create =
        CreateUnnamedRequest.newBuilder()
            .setParent(nodes.inode(parent))
            .setMode(mode)
            .setUmask(umask)
            .setOpenFlags(flags)
            .setCaller(callers.of(request, mode))
            .build();
    OpenFile file = files.createUnnamed(create);
    nodes.fill(entry, file.attributes());
    answer(request, file, flags, reply);
  }

  private void answer(FuseRequest request, OpenFile file, int flags, OpenReply reply)
      throws ErrnoException {
    boolean writing = (flags & O_ACCMODE) != 0;
    boolean cached = openNodes.opened(file.inode(), writing);
    Opening opening = new Opening(file, writing, cached);
    if ((file.attributes().getMode() & SUID_OR_SGID) != 0) {
      openNodes.privileged(file.inode());
    }
    try {
      long handle = handles.add(opening);
      reply.handle(handle).flags(cacheFlags(file, cached));
      request.ifUnheard(() -> forget(handle));
    } catch (ErrnoException e) {
      closeQuietly(opening, e);
      throw e;
    }
  }

  private int cacheFlags(OpenFile file, boolean cached) {
    if (!cached) {
      return FuseFlags.FOPEN_DIRECT_IO | FuseFlags.FOPEN_PARALLEL_DIRECT_WRITES;
    }
    long version = file.attributes().getDataVersion();
    return openNodes.keepCache(file.inode(), version) ? FuseFlags.FOPEN_KEEP_CACHE : 0;
  }

  /// Its process was killed before it could learn of the opening: the kernel won't release it.
  private void forget(long handle) {
    try {
      Opening opening = handles.remove(handle);
      openNodes.closed(opening.file().inode(), opening);
      opening.file().close();
    } catch (ErrnoException e) {
      LOG.warn("an opening that nobody has could not be closed: {}", e.getMessage());
    }
  }

  private void closeQuietly(Opening opening, ErrnoException because) {
    openNodes.closed(opening.file().inode(), opening);
    try {
      opening.file().close();
    } catch (ErrnoException e) {
      because.addSuppressed(e);
    }
  }

  void read(long handle, long offset, int size, ReadReply reply) throws ErrnoException {
    ByteBuffer buffer = READ_BUFFER.get().clear().limit(Math.min(size, READ_BYTES_MAX));
    int count = handles.get(handle).file().read(buffer, offset);
    reply.add(MemorySegment.ofBuffer(buffer.clear().limit(count)));
  }

  void write(
      FuseRequest request,
      long node,
      long handle,
      long offset,
      MemorySegment data,
      int writeFlags,
      int openFlags,
      CountReply reply)
      throws ErrnoException {
    Opening opening = handles.get(handle);
    OpenFile file = opening.file();
    if ((writeFlags & FuseFlags.FUSE_WRITE_KILL_SUIDGID) != 0
        && (openNodes.takePrivileged(file.inode()) || !opening.privilegesDropped())) {
      dropPrivileges(file.inode());
      opening.privilegesAreDropped();
    }
    // Pages that the kernel writes back have their place already.
    boolean append = (openFlags & O_APPEND) != 0 && (writeFlags & FuseFlags.FUSE_WRITE_CACHE) == 0;
    ByteBuffer from = data.asByteBuffer();
    long at = file.take(from, offset, append);
    int count = (int) data.byteSize() - from.remaining();
    reply.value(count);
    if (openNodes.hasCachedReaders(file.inode())) {
      invalidations.pagesOf(node);
    }
    // The data is taken, and nothing that is written later can come before it.
    request.letGo();
    file.settle(at, count);
  }

  private void dropPrivileges(long inode) throws ErrnoException {
    files.setAttributes(
        SetAttributesRequest.newBuilder().setInode(inode).setKillSuidgid(true).build());
  }

  void flush(FuseRequest request, long handle, long lockOwner, LockCalls locks)
      throws ErrnoException {
    Opening opening = handles.get(handle);
    try {
      opening.file().flush();
    } finally {
      // The locks of a process that does not wait for its data must be given up all the same.
      request.onInterrupt(() -> {});
      boolean _ = Thread.interrupted();
      opening.lockOwners().remove(lockOwner);
      locks.closed(opening.file().inode(), lockOwner, LockMessage.Family.FCNTL);
    }
  }

  void release(long handle, int releaseFlags, long lockOwner, LockCalls locks)
      throws ErrnoException {
    Opening opening = handles.remove(handle);
    long inode = opening.file().inode();
    openNodes.closed(inode, opening);
    try {
      if ((releaseFlags & FuseFlags.FUSE_RELEASE_FLOCK_UNLOCK) != 0) {
        locks.closed(inode, lockOwner, LockMessage.Family.FLOCK);
      }
      for (long owner : opening.lockOwners()) {
        locks.closed(inode, owner, LockMessage.Family.FCNTL);
      }
    } finally {
      opening.file().close();
    }
  }

  void sync(long handle, boolean dataOnly) throws ErrnoException {
    handles.get(handle).file().sync(dataOnly);
  }

  void allocate(long node, long handle, int mode, long offset, long length) throws ErrnoException {
    OpenFile file = handles.get(handle).file();
    file.allocate(mode, offset, length);
    if (openNodes.hasCachedReaders(file.inode())) {
      invalidations.pagesOf(node);
    }
  }

  void seek(long handle, long offset, int whence, CountReply reply) throws ErrnoException {
    reply.value(handles.get(handle).file().seek(offset, whence == SEEK_HOLE));
  }

  void copyRange(
      long fromHandle,
      long offset,
      long toNode,
      long toHandle,
      long toOffset,
      long length,
      CountReply reply)
      throws ErrnoException {
    OpenFile to = handles.get(toHandle).file();
    reply.value(handles.get(fromHandle).file().copyRange(offset, to, toOffset, length));
    if (openNodes.hasCachedReaders(to.inode())) {
      invalidations.pagesOf(toNode);
    }
  }
}
