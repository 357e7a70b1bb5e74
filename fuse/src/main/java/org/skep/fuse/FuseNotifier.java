package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.skep.linux.Errno;
import org.skep.linux.IoVector;

/// Tells the kernel that something it remembers has changed elsewhere. Thread-safe.
///
/// **Never call it on a thread that serves a request**, nor while holding a lock that an operation
/// may wait for: the kernel takes the inode's or directory's lock, which is held by the process
/// whose request is being served, and both wait for ever. Invalidating data can also wait for reads
/// of the file that are under way.
///
/// All methods give 0 or an errno, never an exception: ENOENT means that the kernel doesn't know
/// the node or name, ENODEV that the session is over. Neither is an error.
public final class FuseNotifier {
  private static final int INVAL_INODE = 2;
  private static final int INVAL_ENTRY = 3;
  private static final int DELETE = 6;
  private static final int EXPIRE_ONLY = 1;

  private final ReplyChannel channel;

  public FuseNotifier(ReplyChannel channel) {
    this.channel = channel;
  }

  /// Forgets the attributes of a node, and the cached pages from `offset` on: `length` bytes, 0 or
  /// less for all. A negative `offset` leaves the pages alone.
  public int invalidateNode(long node, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = message(arena, INVAL_INODE, 24);
      message.set(JAVA_LONG, 16, node);
      message.set(JAVA_LONG, 24, offset);
      message.set(JAVA_LONG, 32, length);
      return send(message);
    }
  }

  /// Forgets a name of a directory, also a remembered absence, and the directory's attributes.
  public int invalidateEntry(long parent, byte[] name) {
    return entry(parent, name, 0);
  }

  /// Makes the kernel ask again for the name, but leaves alone what is mounted or open below it.
  /// Needs HAS_EXPIRE_ONLY.
  public int expireEntry(long parent, byte[] name) {
    return entry(parent, name, EXPIRE_ONLY);
  }

  private int entry(long parent, byte[] name, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = message(arena, INVAL_ENTRY, 16 + checked(name).length + 1);
      message.set(JAVA_LONG, 16, parent);
      message.set(JAVA_INT, 24, name.length);
      message.set(JAVA_INT, 28, flags);
      MemorySegment.copy(name, 0, message, JAVA_BYTE, 32, name.length);
      return send(message);
    }
  }

  /// Tells that `child` was removed from a directory elsewhere; watchers (inotify) hear of it.
  public int deleted(long parent, long child, byte[] name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = message(arena, DELETE, 24 + checked(name).length + 1);
      message.set(JAVA_LONG, 16, parent);
      message.set(JAVA_LONG, 24, child);
      message.set(JAVA_INT, 32, name.length);
      MemorySegment.copy(name, 0, message, JAVA_BYTE, 40, name.length);
      return send(message);
    }
  }

  private static byte[] checked(byte[] name) {
    if (Names.check(name, false) != 0) {
      throw new IllegalArgumentException("name of " + name.length + " bytes");
    }
    return name;
  }

  private static MemorySegment message(Arena arena, int code, int bodyBytes) {
    MemorySegment message = arena.allocate(FuseRequest.OUT_HEADER_BYTES + bodyBytes, 8);
    message.set(JAVA_INT, 0, (int) message.byteSize());
    message.set(JAVA_INT, 4, code);
    return message;
  }

  private int send(MemorySegment message) {
    long result = channel.sendDetached(new IoVector(1).add(message));
    return result >= 0 ? 0 : Errno.of((int) -result).number();
  }
}
