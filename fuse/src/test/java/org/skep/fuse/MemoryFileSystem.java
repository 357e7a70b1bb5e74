package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;

/// A file system in memory with one lock, to try the protocol with: files up to a bound,
/// directories, links, attributes, whole-file locks. Test only.
public final class MemoryFileSystem implements FuseOperations {
  private static final int FILE_BYTES_MAX = 64 << 20;
  private static final long VALID_NANOS = 1_000_000_000L;

  /// Permits for operations on names that begin with "slow".
  public final Semaphore slow = new Semaphore(0);

  public volatile boolean slowWasInterrupted;
  public volatile @Nullable FuseNegotiation negotiation;
  public volatile int destroyCount;
  public volatile int openFlags =
      FuseFlags.FOPEN_DIRECT_IO | FuseFlags.FOPEN_PARALLEL_DIRECT_WRITES;

  private final Map<Long, Node> nodes = new HashMap<>();
  private final Map<Long, Long> lookups = new HashMap<>();
  private final Map<Long, ArrayDeque<Waiter>> waiters = new HashMap<>();
  private long nextNode = 2;
  private long clock;

  private record Waiter(long owner, DeferredReply reply) {}

  private static final class Node {
    final long id;
    int mode;
    int uid;
    int gid;
    int links;
    int device;
    long size;
    long modified;
    @Nullable Long lockOwner;
    MemorySegment data = MemorySegment.NULL;
    final TreeMap<String, Node> entries = new TreeMap<>();
    final TreeMap<String, byte[]> xattrs = new TreeMap<>();

    Node(long id, int mode, int uid, int gid) {
      this.id = id;
      this.mode = mode;
      this.uid = uid;
      this.gid = gid;
    }
  }

  public MemoryFileSystem() {
    Node root = new Node(FuseFlags.ROOT_NODE, FuseFlags.S_IFDIR | 0755, 0, 0);
    root.links = 1;
    nodes.put(root.id, root);
  }

  public synchronized long lookupCount() {
    return lookups.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void init(FuseNegotiation agreed) {
    negotiation = agreed;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate")
  public void destroy() {
    destroyCount++;
  }

  private Node node(long id) {
    Node node = nodes.get(id);
    if (node == null) {
      throw new IllegalStateException("no node " + id);
    }
    return node;
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void fill(Node node, FuseAttributes attributes) {
    attributes
        .inode(node.id)
        .size(node.size)
        .blocks((node.size + 511) / 512)
        .accessed(node.modified, 1)
        .modified(node.modified, 2)
        .changed(node.modified, 3)
        .mode(node.mode)
        .links(node.links)
        .owner(node.uid, node.gid)
        .device(node.device)
        .blockSize(4096);
  }

  private void fill(Node node, EntryReply reply) {
    lookups.merge(node.id, 1L, Long::sum);
    reply.node(node.id, 0).entryValid(VALID_NANOS).attributesValid(VALID_NANOS);
    fill(node, reply.attributes());
  }

  @Override
  public int lookup(FuseRequest request, long parent, byte[] name, EntryReply reply) {
    if (text(name).startsWith("slow")) {
      return waitSlowly(request);
    }
    synchronized (this) {
      Node child = node(parent).entries.get(text(name));
      if (child == null) {
        return Errno.ENOENT.number();
      }
      fill(child, reply);
      return 0;
    }
  }

  private int waitSlowly(FuseRequest request) {
    Thread self = Thread.currentThread();
    request.onInterrupt(self::interrupt);
    try {
      slow.acquire();
      return Errno.ENOENT.number();
    } catch (InterruptedException e) {
      slowWasInterrupted = request.interrupted();
      return Errno.EINTR.number();
    }
  }

  @Override
  public synchronized void forget(long node, long lookupCount) {
    long left = lookups.merge(node, -lookupCount, Long::sum);
    if (left < 0) {
      throw new IllegalStateException("node " + node + " forgotten " + -left + " times too often");
    }
    if (left == 0) {
      lookups.remove(node);
      if (node(node).links == 0) {
        nodes.remove(node);
      }
    }
  }

  @Override
  public synchronized int getattr(
      FuseRequest request, long node, long handle, AttributesReply reply) {
    reply.valid(VALID_NANOS);
    fill(node(node), reply.attributes());
    return 0;
  }

  @Override
  public synchronized int setattr(
      FuseRequest request, long id, SetAttributes changes, AttributesReply reply) {
    Node node = node(id);
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
      int errno = resize(node, changes.sizeBytes());
      if (errno != 0) {
        return errno;
      }
    }
    if (changes.setsModified()) {
      node.modified = changes.modifiedNow() ? ++clock : changes.modifiedSeconds();
    }
    fill(node, reply.attributes());
    return 0;
  }

  private static int resize(Node node, long size) {
    if (size > FILE_BYTES_MAX) {
      return Errno.EFBIG.number();
    }
    if (size > node.data.byteSize()) {
      MemorySegment grown =
          Arena.ofAuto()
              .allocate(Math.min(FILE_BYTES_MAX, Math.max(size, 2 * node.data.byteSize())), 4096);
      MemorySegment.copy(node.data, 0, grown, 0, node.size);
      node.data = grown;
    }
    if (size < node.size) {
      node.data.asSlice(size, node.size - size).fill((byte) 0);
    }
    node.size = size;
    return 0;
  }

  private int make(
      FuseRequest request,
      long parent,
      byte[] name,
      int mode,
      EntryReply reply,
      @Nullable Node[] made) {
    Node directory = node(parent);
    if (directory.entries.containsKey(text(name))) {
      return Errno.EEXIST.number();
    }
    Node node = new Node(nextNode++, mode, request.uid(), request.gid());
    node.links = 1;
    node.modified = ++clock;
    nodes.put(node.id, node);
    directory.entries.put(text(name), node);
    fill(node, reply);
    if (made.length > 0) {
      made[0] = node;
    }
    return 0;
  }

  @Override
  public synchronized int mknod(
      FuseRequest request,
      long parent,
      byte[] name,
      int mode,
      int device,
      int umask,
      EntryReply reply) {
    Node[] made = new Node[1];
    int errno = make(request, parent, name, mode & ~umask, reply, made);
    if (errno == 0) {
      made[0].device = device;
      reply.attributes().device(device);
    }
    return errno;
  }

  @Override
  public synchronized int mkdir(
      FuseRequest request, long parent, byte[] name, int mode, int umask, EntryReply reply) {
    return make(request, parent, name, FuseFlags.S_IFDIR | (mode & ~umask), reply, new Node[0]);
  }

  @Override
  public synchronized int symlink(
      FuseRequest request, long parent, byte[] name, byte[] target, EntryReply reply) {
    Node[] made = new Node[1];
    int errno = make(request, parent, name, FuseFlags.S_IFLNK | 0777, reply, made);
    if (errno == 0) {
      resize(made[0], target.length);
      MemorySegment.copy(target, 0, made[0].data, JAVA_BYTE, 0, target.length);
      reply.attributes().size(target.length);
    }
    return errno;
  }

  @Override
  public synchronized int readlink(FuseRequest request, long id, BytesReply reply) {
    Node node = node(id);
    reply.append(node.data.asSlice(0, node.size).toArray(JAVA_BYTE));
    return 0;
  }

  @Override
  public synchronized int unlink(FuseRequest request, long parent, byte[] name) {
    Node child = node(parent).entries.get(text(name));
    if (child == null) {
      return Errno.ENOENT.number();
    }
    node(parent).entries.remove(text(name));
    child.links--;
    return 0;
  }

  @Override
  public synchronized int rmdir(FuseRequest request, long parent, byte[] name) {
    Node child = node(parent).entries.get(text(name));
    if (child == null) {
      return Errno.ENOENT.number();
    }
    return child.entries.isEmpty() ? unlink(request, parent, name) : Errno.ENOTEMPTY.number();
  }

  @Override
  public synchronized int rename(
      FuseRequest request, long parent, byte[] name, long newParent, byte[] newName, int flags) {
    Node moved = node(parent).entries.get(text(name));
    Node target = node(newParent).entries.get(text(newName));
    if (moved == null) {
      return Errno.ENOENT.number();
    }
    if ((flags & FuseFlags.RENAME_NOREPLACE) != 0 && target != null) {
      return Errno.EEXIST.number();
    }
    if ((flags & FuseFlags.RENAME_EXCHANGE) != 0) {
      if (target == null) {
        return Errno.ENOENT.number();
      }
      node(parent).entries.put(text(name), target);
    } else {
      node(parent).entries.remove(text(name));
      if (target != null) {
        target.links--;
      }
    }
    node(newParent).entries.put(text(newName), moved);
    return 0;
  }

  @Override
  public synchronized int link(
      FuseRequest request, long id, long newParent, byte[] newName, EntryReply reply) {
    Node node = node(id);
    if (node(newParent).entries.putIfAbsent(text(newName), node) != null) {
      return Errno.EEXIST.number();
    }
    node.links++;
    fill(node, reply);
    return 0;
  }

  @Override
  public synchronized int open(
      FuseRequest request, long id, int flags, int extraFlags, OpenReply reply) {
    if ((flags & org.skep.linux.OpenFlags.O_TRUNC) != 0) {
      resize(node(id), 0);
    }
    reply.handle(id).flags(openFlags);
    return 0;
  }

  @Override
  public synchronized int create(
      FuseRequest request,
      long parent,
      byte[] name,
      int flags,
      int mode,
      int umask,
      int extraFlags,
      EntryReply entry,
      OpenReply open) {
    Node[] made = new Node[1];
    int errno = make(request, parent, name, mode & ~umask, entry, made);
    if (errno == 0) {
      open.handle(made[0].id).flags(openFlags);
    }
    return errno;
  }

  @Override
  public synchronized int tmpfile(
      FuseRequest request,
      long parent,
      int flags,
      int mode,
      int umask,
      EntryReply entry,
      OpenReply open) {
    Node node = new Node(nextNode++, mode & ~umask, request.uid(), request.gid());
    nodes.put(node.id, node);
    fill(node, entry);
    open.handle(node.id).flags(openFlags);
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
      Node node = node(id);
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
    Node node = node(id);
    long at = (flags & org.skep.linux.OpenFlags.O_APPEND) != 0 ? node.size : offset;
    if (at + data.byteSize() > node.size) {
      int errno = resize(node, at + data.byteSize());
      if (errno != 0) {
        return errno;
      }
    }
    MemorySegment.copy(data, 0, node.data, at, data.byteSize());
    node.modified = ++clock;
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
      unlock(node(id), owner);
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

  private List<Map.Entry<String, Node>> entriesFrom(long id, long offset) {
    List<Map.Entry<String, Node>> all = new ArrayList<>(node(id).entries.entrySet());
    return all.subList((int) Math.min(Math.max(offset, 0), all.size()), all.size());
  }

  @Override
  public synchronized int readdir(
      FuseRequest request, long id, long handle, long offset, DirectoryReply reply) {
    long next = offset;
    for (Map.Entry<String, Node> entry : entriesFrom(id, offset)) {
      if (!reply.add(bytes(entry.getKey()), entry.getValue().id, entry.getValue().mode, ++next)) {
        break;
      }
    }
    return 0;
  }

  @Override
  public synchronized int readdirplus(
      FuseRequest request, long id, long handle, long offset, DirectoryReply reply) {
    long next = offset;
    for (Map.Entry<String, Node> entry : entriesFrom(id, offset)) {
      EntryReply plus =
          reply.addPlus(bytes(entry.getKey()), entry.getValue().id, entry.getValue().mode, ++next);
      if (plus == null) {
        break;
      }
      fill(entry.getValue(), plus);
    }
    return 0;
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
    Long holder = node(id).lockOwner;
    if (holder != null && holder != owner) {
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
    Node node = node(id);
    if (type == FuseFlags.F_UNLCK) {
      unlock(node, owner);
      return 0;
    }
    if (node.lockOwner == null || node.lockOwner == owner) {
      node.lockOwner = owner;
      return 0;
    }
    if (!wait) {
      return Errno.EAGAIN.number();
    }
    DeferredReply reply = request.defer();
    waiters.computeIfAbsent(id, _ -> new ArrayDeque<>()).add(new Waiter(owner, reply));
    reply.onInterrupt(() -> reply.reply(Errno.EINTR.number()));
    return DEFERRED;
  }

  private void unlock(Node node, long owner) {
    if (node.lockOwner == null || node.lockOwner != owner) {
      return;
    }
    node.lockOwner = null;
    ArrayDeque<Waiter> queue = waiters.getOrDefault(node.id, new ArrayDeque<>());
    for (Iterator<Waiter> all = queue.iterator(); all.hasNext() && node.lockOwner == null; ) {
      Waiter waiter = all.next();
      all.remove();
      if (waiter.reply().reply(0)) {
        node.lockOwner = waiter.owner();
      }
    }
  }

  @Override
  public synchronized int fallocate(
      FuseRequest request, long id, long handle, long offset, long length, int mode) {
    Node node = node(id);
    return offset + length > node.size ? resize(node, offset + length) : 0;
  }

  @Override
  public synchronized int lseek(
      FuseRequest request, long id, long handle, long offset, int whence, CountReply reply) {
    Node node = node(id);
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
    Node node = node(id);
    Node target = node(targetNode);
    long bytes = Math.min(length, Math.max(0, node.size - offset));
    int errno = targetOffset + bytes > target.size ? resize(target, targetOffset + bytes) : 0;
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
    Node node = node(id);
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
