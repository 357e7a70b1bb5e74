package org.skep.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A short-lived helper program that inherits a descriptor of ours, which `ProcessBuilder` can't
/// do. Everything else goes by `ProcessBuilder`. One thread starts and awaits it.
public final class ChildProcess {
  /// The number under which the child finds the descriptor that was passed.
  public static final int PASSED_DESCRIPTOR = 3;

  private static final int ERROR_BYTES_MAX = 4096;
  private static final int ACTIONS_BYTES = 256;

  private static final MethodHandle ACTIONS_INIT =
      Native.function("posix_spawn_file_actions_init", INT, POINTER);
  private static final MethodHandle ACTIONS_DESTROY =
      Native.function("posix_spawn_file_actions_destroy", INT, POINTER);
  private static final MethodHandle ADD_DUP2 =
      Native.function("posix_spawn_file_actions_adddup2", INT, POINTER, INT, INT);
  private static final MethodHandle SPAWN =
      Native.function("posix_spawnp", INT, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);
  private static final MethodHandle WAITPID = Native.function("waitpid", INT, INT, POINTER, INT);

  private final int pid;
  private final int errors;

  private ChildProcess(int pid, int errors) {
    this.pid = pid;
    this.errors = errors;
  }

  /// How it ended: its exit code, or 128 and the signal; and the first 4 KiB of its standard error.
  public record Result(int exitCode, String errorText) {
    /// The first line that isn't empty, or the exit code.
    public String firstErrorLine() {
      return errorText
          .lines()
          .filter(line -> !line.isBlank())
          .findFirst()
          .orElse("exit code " + exitCode);
    }
  }

  /// Starts `command` (found on PATH) with our environment plus `NAME=value` texts; `passed` is
  /// inherited as [#PASSED_DESCRIPTOR] unless negative, and stays open here. ENOENT if there's no
  /// such program.
  public static ChildProcess start(List<String> command, List<String> environment, int passed)
      throws SystemCallException {
    int[] pipe = Descriptors.pipe(0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pid = arena.allocate(4, 4);
      MemorySegment actions = arena.allocate(ACTIONS_BYTES, 8);
      MemorySegment errno = Native.errnoOfThread();
      MemorySegment program = Native.path(arena, command.get(0));
      MemorySegment arguments = array(arena, command);
      MemorySegment variables = array(arena, environmentWith(environment));
      check((int) ACTIONS_INIT.invokeExact(errno, actions), command);
      // The pipe first: its numbers are above 3 unless 3 is free, and then dup2 onto itself clears
      // close-on-exec.
      check((int) ADD_DUP2.invokeExact(errno, actions, pipe[1], 2), command);
      if (passed >= 0) {
        check((int) ADD_DUP2.invokeExact(errno, actions, passed, PASSED_DESCRIPTOR), command);
      }
      int result =
          (int)
              SPAWN.invokeExact(
                  errno, pid, program, actions, MemorySegment.NULL, arguments, variables);
      check((int) ACTIONS_DESTROY.invokeExact(errno, actions), command);
      check(result, command);
      Descriptors.close(pipe[1]);
      return new ChildProcess(pid.get(JAVA_INT, 0), pipe[0]);
    } catch (SystemCallException e) {
      Descriptors.close(pipe[0]);
      Descriptors.close(pipe[1]);
      throw e;
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  private static void check(int error, List<String> command) throws SystemCallException {
    if (error != 0) {
      throw new SystemCallException("posix_spawn", command.get(0), Errno.of(error));
    }
  }

  private static List<String> environmentWith(List<String> more) {
    List<String> all = new ArrayList<>(more);
    for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
      all.add(variable.getKey() + "=" + variable.getValue());
    }
    return all;
  }

  private static MemorySegment array(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(8L * (texts.size() + 1), 8);
    for (int i = 0; i < texts.size(); i++) {
      array.set(ADDRESS, 8L * i, arena.allocateFrom(texts.get(i), StandardCharsets.UTF_8));
    }
    return array;
  }

  /// Waits for its end; call it once.
  public Result await() throws SystemCallException {
    String text = readErrors();
    Descriptors.close(errors);
    MemorySegment status = Native.scratchOfThread();
    MemorySegment errno = Native.errnoOfThread();
    int result;
    do {
      try {
        result = (int) WAITPID.invokeExact(errno, pid, status, 0);
      } catch (Throwable e) {
        throw Native.broken(e);
      }
    } while (result < 0 && Native.interrupted(errno));
    if (result < 0) {
      throw Native.failure("waitpid", errno);
    }
    int raw = status.get(JAVA_INT, 0);
    int signal = raw & 0x7f;
    return new Result(signal == 0 ? raw >>> 8 & 0xff : 128 + signal, text);
  }

  private String readErrors() throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(ERROR_BYTES_MAX);
      MemorySegment rest = arena.allocate(ERROR_BYTES_MAX);
      long length = 0;
      while (true) {
        boolean full = length == ERROR_BYTES_MAX;
        long bytes = Descriptors.read(errors, full ? rest : buffer.asSlice(length));
        if (bytes == 0) {
          return new String(buffer.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
        }
        length += full ? 0 : bytes;
      }
    }
  }
}
