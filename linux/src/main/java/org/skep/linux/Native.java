package org.skep.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Makes downcall handles of the C library whose first parameter is the segment that errno is
/// captured into, and owns that segment and a small scratch area of each thread, so that no call
/// allocates.
final class Native {
  /// `int` as C's int, `long` as C's long, size_t and off_t, `pointer` as any pointer.
  static final MemoryLayout INT = JAVA_INT;

  static final MemoryLayout LONG = JAVA_LONG;
  static final MemoryLayout POINTER = ADDRESS;

  static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");

  /// Enough for a sockaddr_un with its length, a control message, and a statx buffer.
  static final long SCRATCH_BYTES = 512;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ThreadLocal<Native> OF_THREAD = ThreadLocal.withInitial(Native::new);

  private final MemorySegment errno;
  private final MemorySegment scratch;

  private Native() {
    Arena arena = Arena.ofAuto();
    errno = arena.allocate(Linker.Option.captureStateLayout());
    scratch = arena.allocate(SCRATCH_BYTES, 8);
  }

  /// A function with fixed parameters; `result` is INT or LONG.
  static MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        symbol(name), FunctionDescriptor.of(result, parameters), CAPTURE_ERRNO);
  }

  /// A variadic function whose parameters from index `firstVariadic` on stand for the dots.
  static MethodHandle variadic(
      String name, int firstVariadic, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        symbol(name),
        FunctionDescriptor.of(result, parameters),
        CAPTURE_ERRNO,
        Linker.Option.firstVariadicArg(firstVariadic));
  }

  private static MemorySegment symbol(String name) {
    return LINKER
        .defaultLookup()
        .find(name)
        .orElseThrow(() ->
            new IllegalStateException(
                "the C library has no function " + name + "; glibc 2.28 or newer is needed"));
  }

  /// The calling thread's errno segment: the first argument of every downcall.
  static MemorySegment errnoOfThread() {
    return OF_THREAD.get().errno;
  }

  /// The calling thread's scratch area; its content is worth nothing after the next call of this
  /// module.
  static MemorySegment scratchOfThread() {
    return OF_THREAD.get().scratch;
  }

  /// The number a downcall on this thread left.
  static int errno(MemorySegment errnoOfThread) {
    return (int) ERRNO.get(errnoOfThread, 0L);
  }

  static SystemCallException failure(String call, MemorySegment errnoOfThread) {
    return new SystemCallException(call, Errno.of(errno(errnoOfThread)));
  }

  static SystemCallException failure(String call, String subject, MemorySegment errnoOfThread) {
    return new SystemCallException(call, subject, Errno.of(errno(errnoOfThread)));
  }

  /// Turns a `-errno` result of a `try` method into an exception.
  static SystemCallException negative(String call, long minusErrno) {
    return new SystemCallException(call, Errno.of((int) -minusErrno));
  }

  static boolean interrupted(MemorySegment errnoOfThread) {
    return errno(errnoOfThread) == Errno.EINTR.number();
  }

  /// What a downcall throws is a mistake in its declaration or closed memory, never an error of the
  /// system.
  static IllegalStateException broken(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof RuntimeException exception) {
      throw exception;
    }
    return new IllegalStateException(cause);
  }

  /// A C string of a path in the arena. A NUL inside is refused, as it would silently name another
  /// file.
  static MemorySegment path(Arena arena, String path) throws SystemCallException {
    if (path.indexOf('\0') >= 0) {
      throw new SystemCallException("path", path.replace('\0', '?'), Errno.EINVAL);
    }
    return arena.allocateFrom(path, StandardCharsets.UTF_8);
  }

  /// The bytes from position to limit of a direct buffer.
  static MemorySegment segment(ByteBuffer direct) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("a direct buffer is needed");
    }
    return MemorySegment.ofBuffer(direct);
  }
}
