package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;

/// The names of a [MemoryFileSystem]: which nodes there are, and what is called how. Test only.
abstract class MemoryNames implements FuseOperations {
  static final long VALID_NANOS = 1_000_000_000L;

  /// Permits for operations on names that begin with "slow".
  public final Semaphore slow = new Semaphore(0);

  public volatile boolean slowWasInterrupted;
  public volatile int openFlags =
      FuseFlags.FOPEN_DIRECT_IO | FuseFlags.FOPEN_PARALLEL_DIRECT_WRITES;

  private final Map<Long, MemoryNode> nodes = new HashMap<>();
  private final Map<Long, Long> lookups = new HashMap<>();
  private long nextNode = 2;
  private long clock;

  MemoryNames() {
    MemoryNode root = new MemoryNode(FuseFlags.ROOT_NODE, FuseFlags.S_IFDIR | 0755, 0, 0);
    root.links = 1;
    nodes.put(root.id, root);
  }

  /// The next moment: each change has one of its own.
  final long tick() {
    return ++clock;
  }

  public synchronized long lookupCount() {
    return lookups.values().stream().mapToLong(Long::longValue).sum();
  }

  final MemoryNode node(long id) {
    MemoryNode node = nodes.get(id);
    if (node == null) {
      throw new IllegalStateException("no node " + id);
    }
    return node;
  }

  static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  private void fill(MemoryNode node, EntryReply reply) {
    lookups.merge(node.id, 1L, Long::sum);
    reply.node(node.id, 0).entryValid(VALID_NANOS).attributesValid(VALID_NANOS);
    node.fill(reply.attributes());
  }

  @Override
  public int lookup(FuseRequest request, long parent, byte[] name, EntryReply reply) {
    if (text(name).startsWith("slow")) {
      return waitSlowly(request);
    }
    synchronized (this) {
      MemoryNode child = node(parent).entries.get(text(name));
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

  private int make(
      FuseRequest request,
      long parent,
      byte[] name,
      int mode,
      EntryReply reply,
      @Nullable MemoryNode[] made) {
    MemoryNode directory = node(parent);
    if (directory.entries.containsKey(text(name))) {
      return Errno.EEXIST.number();
    }
    MemoryNode node = new MemoryNode(nextNode++, mode, request.uid(), request.gid());
    node.links = 1;
    node.modified = tick();
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
    MemoryNode[] made = new MemoryNode[1];
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
    return make(
        request, parent, name, FuseFlags.S_IFDIR | (mode & ~umask), reply, new MemoryNode[0]);
  }

  @Override
  public synchronized int symlink(
      FuseRequest request, long parent, byte[] name, byte[] target, EntryReply reply) {
    MemoryNode[] made = new MemoryNode[1];
    int errno = make(request, parent, name, FuseFlags.S_IFLNK | 0777, reply, made);
    if (errno == 0) {
      made[0].resize(target.length);
      MemorySegment.copy(target, 0, made[0].data, JAVA_BYTE, 0, target.length);
      reply.attributes().size(target.length);
    }
    return errno;
  }

  @Override
  public synchronized int readlink(FuseRequest request, long id, BytesReply reply) {
    MemoryNode node = node(id);
    reply.append(node.data.asSlice(0, node.size).toArray(JAVA_BYTE));
    return 0;
  }

  @Override
  public synchronized int unlink(FuseRequest request, long parent, byte[] name) {
    MemoryNode child = node(parent).entries.get(text(name));
    if (child == null) {
      return Errno.ENOENT.number();
    }
    node(parent).entries.remove(text(name));
    child.links--;
    return 0;
  }

  @Override
  public synchronized int rmdir(FuseRequest request, long parent, byte[] name) {
    MemoryNode child = node(parent).entries.get(text(name));
    if (child == null) {
      return Errno.ENOENT.number();
    }
    return child.entries.isEmpty() ? unlink(request, parent, name) : Errno.ENOTEMPTY.number();
  }

  @Override
  public synchronized int rename(
      FuseRequest request, long parent, byte[] name, long newParent, byte[] newName, int flags) {
    MemoryNode moved = node(parent).entries.get(text(name));
    MemoryNode target = node(newParent).entries.get(text(newName));
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
    MemoryNode node = node(id);
    if (node(newParent).entries.putIfAbsent(text(newName), node) != null) {
      return Errno.EEXIST.number();
    }
    node.links++;
    fill(node, reply);
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
    MemoryNode[] made = new MemoryNode[1];
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
    MemoryNode node = new MemoryNode(nextNode++, mode & ~umask, request.uid(), request.gid());
    nodes.put(node.id, node);
    fill(node, entry);
    open.handle(node.id).flags(openFlags);
    return 0;
  }

  private List<Map.Entry<String, MemoryNode>> entriesFrom(long id, long offset) {
    List<Map.Entry<String, MemoryNode>> all = new ArrayList<>(node(id).entries.entrySet());
    return all.subList((int) Math.min(Math.max(offset, 0), all.size()), all.size());
  }

  @Override
  public synchronized int readdir(
      FuseRequest request, long id, long handle, long offset, DirectoryReply reply) {
    long next = offset;
    for (Map.Entry<String, MemoryNode> entry : entriesFrom(id, offset)) {
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
    for (Map.Entry<String, MemoryNode> entry : entriesFrom(id, offset)) {
      EntryReply plus =
          reply.addPlus(bytes(entry.getKey()), entry.getValue().id, entry.getValue().mode, ++next);
      if (plus == null) {
        break;
      }
      fill(entry.getValue(), plus);
    }
    return 0;
  }
}
