package org.skep.fuse;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.linux.IoVector;

/// One request from the kernel with all memory to serve it: made once for each serving thread and
/// used again and again, so that no request allocates buffers. To an operation it is the context of
/// the call; what it tells is valid until the operation returns.
///
/// ```
/// struct fuse_in_header   0 length u32 | 4 opcode | 8 unique u64 | 16 node | 24 uid u32 | 28 gid | 32 pid | 36 extension length u16
///                         (in 8 bytes) | 38 zeros | 40 arguments ... extensions
/// struct fuse_out_header  0 length u32 | 4 minus errno i32 | 8 unique u64 | 16 body
/// ```
///
/// The request buffer lies so that the data of a WRITE (80 bytes into it) begins on a page
/// boundary.
public final class FuseRequest {
  static final int IN_HEADER_BYTES = 40;
  static final int OUT_HEADER_BYTES = 16;

  /// The most an answer other than a READ's may have: twice what Linux allows an attribute's value.
  static final int REPLY_BODY_BYTES_MAX = 128 << 10;

  private static final int PAGE_BYTES = 4096;
  private static final int WRITE_HEADER_BYTES = 80;
  private static final int EXTENSION_GROUPS = 32;
  private static final int ERRNO_MAX = 511;

  final MemorySegment in;
  final MemorySegment out;
  final EntryReply entry;
  final AttributesReply attributes;
  final OpenReply open;
  final OpenReply createdOpen;
  final StatfsReply statfs;
  final StatxReply statx;
  final LockReply lock;
  final CountReply count = new CountReply();
  final BytesReply bytes;
  final ReadReply read;
  final DirectoryReply directory;
  final SetAttributes setAttributes;

  private final FuseEngine engine;
  private final ReplyChannel channel;
  private final MemorySegment header;
  private final IoVector vector = new IoVector(ReadReply.PIECES_MAX + 1);
  private int lengthBytes;
  private boolean sent;
  private boolean deferred;

  /// Guarded by this object's monitor, as are the two below; 0 while no request is served.
  private long servedUnique;

  private boolean interrupted;
  private @Nullable Runnable hook;

  /// What the watcher does about a request that takes long; guarded by this object's monitor.
  private final Patience patience = new Patience();

  private @Nullable Runnable unheard;

  FuseRequest(FuseEngine engine, ReplyChannel channel, Arena arena, int maxWriteBytes) {
    this.engine = engine;
    this.channel = channel;
    long head = PAGE_BYTES - WRITE_HEADER_BYTES;
    in = arena.allocate(PAGE_BYTES + maxWriteBytes + PAGE_BYTES, PAGE_BYTES).asSlice(head);
    out = arena.allocate(OUT_HEADER_BYTES + REPLY_BODY_BYTES_MAX, PAGE_BYTES);
    header = out.asSlice(0, OUT_HEADER_BYTES);
    entry = new EntryReply(out, OUT_HEADER_BYTES);
    attributes = new AttributesReply(out, OUT_HEADER_BYTES);
    open = new OpenReply(out, OUT_HEADER_BYTES);
    createdOpen = new OpenReply(out, OUT_HEADER_BYTES + EntryReply.BYTES);
    statfs = new StatfsReply(out, OUT_HEADER_BYTES);
    statx = new StatxReply(out, OUT_HEADER_BYTES);
    lock = new LockReply(out, OUT_HEADER_BYTES);
    bytes = new BytesReply(out, OUT_HEADER_BYTES, REPLY_BODY_BYTES_MAX);
    read = new ReadReply(this);
    directory = new DirectoryReply(out, OUT_HEADER_BYTES, REPLY_BODY_BYTES_MAX);
    setAttributes = new SetAttributes(in, IN_HEADER_BYTES);
  }

  /// Where the next request is to be read into, whole. For the session.
  public MemorySegment buffer() {
    return in;
  }

  /// The number by which kernel and file system speak of this request.
  public long unique() {
    return in.get(JAVA_LONG, 8);
  }

  /// The opcode of `linux/fuse.h`.
  public int opcode() {
    return in.get(JAVA_INT, 4);
  }

  /// The file system user id of the caller; -1 if it has none in our user namespace.
  public int uid() {
    return in.get(JAVA_INT, 24);
  }

  public int gid() {
    return in.get(JAVA_INT, 28);
  }

  /// Of the calling thread, in our pid namespace; 0 if it has none there or the kernel itself asks
  /// (write-back, read-ahead).
  public int pid() {
    return in.get(JAVA_INT, 32);
  }

  /// On creation, with CREATE_SUPP_GROUP: the caller's supplementary group that equals the
  /// directory's group, or -1 if there's none (or the kernel doesn't tell).
  public long supplementaryGroup() {
    long at = argumentsEnd();
    while (at + 8 <= lengthBytes) {
      long size = in.get(JAVA_INT, at) & 0xffffffffL;
      if (size < 8 || size > lengthBytes - at || size % 8 != 0) {
        return -1;
      }
      if (in.get(JAVA_INT, at + 4) == EXTENSION_GROUPS
          && size >= 16
          && in.get(JAVA_INT, at + 8) > 0) {
        return in.get(JAVA_INT, at + 12) & 0xffffffffL;
      }
      at += size;
    }
    return -1;
  }

  /// Whether the calling process got a signal. The operation should end soon with EINTR, if it has
  /// changed nothing and would go on to wait.
  public synchronized boolean interrupted() {
    return interrupted;
  }

  /// What to do when a signal is to end the operation's wait: soon if it ends the process, after a
  /// quarter of a second otherwise, so that a signal that is handled disturbs no operation that is
  /// making progress. It runs once, on another thread, and never after the operation has returned.
  /// It must not block, nor take a lock that the operation holds when calling this method.
  public synchronized void onInterrupt(Runnable action) {
    hook = action;
  }

  /// From now on a signal may let the process go with EINTR, though the operation goes on: what it
  /// does later must do no harm then. (A process that is being killed is let go in any case.)
  public synchronized void letGo() {
    patience.letGo();
  }

  /// What to do after the operation, on this thread, if its process had been let go by then: an
  /// opening that it made, or a failure that is told only once, has reached nobody.
  public void ifUnheard(Runnable action) {
    unheard = action;
  }

  /// Lets the operation return [FuseOperations#DEFERRED] and answer later, for waits without a
  /// bound (a blocked lock). Allowed once, and only for operations whose success has no content
  /// (setlkw, fsync, flush, ...): otherwise IllegalStateException.
  public DeferredReply defer() {
    if (deferred || !engine.mayDefer(opcode())) {
      throw new IllegalStateException(
          "opcode " + opcode() + " can't be deferred" + (deferred ? " twice" : ""));
    }
    synchronized (this) {
      deferred = true;
      DeferredReply reply = new DeferredReply(engine, channel, unique(), interrupted);
      engine.remember(reply);
      return reply;
    }
  }

  /// The node the request is about; for operations on names, the directory.
  long node() {
    return in.get(JAVA_LONG, 16);
  }

  int int32(int offset) {
    return in.get(JAVA_INT, IN_HEADER_BYTES + offset);
  }

  long int64(int offset) {
    return in.get(JAVA_LONG, IN_HEADER_BYTES + offset);
  }

  /// Bytes between header and extensions.
  int argumentBytes() {
    return argumentsEnd() - IN_HEADER_BYTES;
  }

  int argumentsEnd() {
    return lengthBytes - 8 * (in.get(JAVA_SHORT, 36) & 0xffff);
  }

  /// The argument bytes from `offset` on, `length` of them.
  MemorySegment slice(int offset, long length) {
    return in.asSlice(IN_HEADER_BYTES + offset, length);
  }

  /// The NUL-terminated bytes at `offset` of the arguments, or null if they don't end inside.
  byte @Nullable [] text(int offset) {
    int from = IN_HEADER_BYTES + offset;
    int length = Names.length(in, from, argumentsEnd());
    return length < 0 ? null : Names.copy(in, from, length);
  }

  /// Takes a request of `bytes` in the buffer; false if its own length differs or the extensions
  /// don't fit.
  boolean begin(int bytes) {
    lengthBytes = bytes;
    sent = false;
    deferred = false;
    vector.clear();
    if (in.get(JAVA_INT, 0) != bytes || argumentsEnd() < IN_HEADER_BYTES) {
      return false;
    }
    synchronized (this) {
      servedUnique = unique();
      interrupted = false;
      hook = null;
      unheard = null;
      patience.begin(opcode());
    }
    return true;
  }

  /// After this no interrupt reaches the request.
  ///
  /// @return what is to be done as nobody has heard the answer, or null
  @Nullable Runnable end() {
    synchronized (this) {
      servedUnique = 0;
      hook = null;
      return patience.isLetGo() ? unheard : null;
    }
  }

  /// Whether its process went, and the operation goes on.
  synchronized boolean isLetGo() {
    return servedUnique != 0 && patience.isLetGo();
  }

  /// Called by the watcher every [FuseEngine#WATCH_MILLIS].
  ///
  /// @param starved whether no thread is there to read of signals, so that they must be looked for
  /// @param mayLetGo whether there is room for one more operation whose process went
  /// @return whether its process went now
  boolean watch(CallerState callers, LatelyInterrupted lately, boolean starved, boolean mayLetGo) {
    long unique;
    int pid;
    synchronized (this) {
      if (servedUnique == 0 || deferred || !patience.tick(interrupted, starved)) {
        return false;
      }
      unique = servedUnique;
      pid = pid();
    }
    CallerState.Caller caller = callers.of(pid);
    int errno;
    synchronized (this) {
      if (servedUnique != unique || deferred) {
        return false;
      }
      Patience.Verdict verdict =
          patience.look(interrupted, caller.dying(), lately.contains(caller.process()), mayLetGo);
      if (verdict == Patience.Verdict.INTERRUPT) {
        lately.add(caller.process());
        interrupted = true;
        if (hook != null) {
          hook.run();
          hook = null;
        }
      }
      if (verdict != Patience.Verdict.LET_GO) {
        return false;
      }
      errno = patience.errno();
    }
    DeferredReply.send(channel, unique, errno);
    return true;
  }

  /// If this request is being served: interrupts it and gives true.
  synchronized boolean interrupt(long unique) {
    if (servedUnique != unique || deferred) {
      return false;
    }
    interrupted = true;
    return true;
  }

  boolean wasSent() {
    return sent;
  }

  boolean wasDeferred() {
    return deferred;
  }

  /// Sets the first `bodyBytes` (a multiple of 8) of the reply's body to 0.
  void clearBody(int bodyBytes) {
    for (int offset = 0; offset < bodyBytes; offset += 8) {
      out.set(JAVA_LONG, OUT_HEADER_BYTES + offset, 0L);
    }
  }

  void addPiece(MemorySegment piece) {
    if (vector.remainingBytes() == 0) {
      vector.clear().add(header);
    }
    vector.add(piece);
  }

  /// Sends success with the first `bodyBytes` of the body, or with the pieces if some were added.
  void sendSuccess(int bodyBytes) {
    if (vector.remainingBytes() == 0) {
      vector.clear().add(out.asSlice(0, OUT_HEADER_BYTES + bodyBytes));
    }
    send(0, OUT_HEADER_BYTES + bodyBytes);
  }

  void sendError(int errno) {
    vector.clear().add(header);
    send(checkedErrno(errno), OUT_HEADER_BYTES);
  }

  private void send(int errno, int length) {
    if (sent) {
      throw new IllegalStateException("a second reply to opcode " + opcode());
    }
    sent = true;
    if (!claimed()) {
      vector.clear();
      return;
    }
    out.set(JAVA_INT, 0, length);
    out.set(JAVA_INT, 4, -errno);
    out.set(JAVA_LONG, 8, unique());
    channel.send(vector);
    vector.clear();
  }

  /// Whether this thread is the one to answer; if so, the watcher isn't any more.
  private synchronized boolean claimed() {
    return patience.claim();
  }

  /// The kernel takes 0 to 511 and nothing else; another number is a mistake of the operation and
  /// becomes EIO.
  static int checkedErrno(int errno) {
    return errno >= 0 && errno <= ERRNO_MAX ? errno : Errno.EIO.number();
  }
}
