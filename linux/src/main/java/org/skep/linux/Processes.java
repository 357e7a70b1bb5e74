package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.skep.linux.Native.INT;
import static org.skep.linux.Native.LONG;
import static org.skep.linux.Native.POINTER;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// Ids, signals and processor affinity. New processes are the business of `ProcessBuilder`: a JVM
/// can't fork.
public final class Processes {
  public static final int SIGHUP = 1;
  public static final int SIGINT = 2;
  public static final int SIGKILL = 9;
  public static final int SIGTERM = 15;
  public static final int SIGCONT = 18;

  private static final int PROCESSORS_MAX = 1024;

  private static final MethodHandle GETPID = Native.function("getpid", INT);
  private static final MethodHandle GETUID = Native.function("getuid", INT);
  private static final MethodHandle GETGID = Native.function("getgid", INT);
  private static final MethodHandle GETEUID = Native.function("geteuid", INT);
  private static final MethodHandle GETEGID = Native.function("getegid", INT);
  private static final MethodHandle KILL = Native.function("kill", INT, INT, INT);
  private static final MethodHandle SCHED_GETCPU = Native.function("sched_getcpu", INT);
  private static final MethodHandle SCHED_SETAFFINITY =
      Native.function("sched_setaffinity", INT, INT, LONG, POINTER);

  private Processes() {}

  public static int pid() {
    return number(GETPID);
  }

  public static int userId() {
    return number(GETUID);
  }

  public static int groupId() {
    return number(GETGID);
  }

  public static int effectiveUserId() {
    return number(GETEUID);
  }

  public static int effectiveGroupId() {
    return number(GETEGID);
  }

  /// The processor the calling thread runs on just now.
  public static int currentProcessor() {
    return number(SCHED_GETCPU);
  }

  private static int number(MethodHandle handle) {
    try {
      return (int) handle.invokeExact(Native.errnoOfThread());
    } catch (Throwable e) {
      throw Native.broken(e);
    }
  }

  /// Sends a signal; ESRCH if there's no such process.
  public static void kill(int pid, int signal) throws SystemCallException {
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) KILL.invokeExact(errno, pid, signal);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("kill", errno);
    }
  }

  /// Whether a process with this id is there, be it another user's.
  public static boolean exists(int pid) {
    try {
      kill(pid, 0);
      return true;
    } catch (SystemCallException e) {
      return e.errno() == Errno.EPERM;
    }
  }

  /// Ties the calling platform thread to one processor (0 to 1023).
  public static void pinThread(int processor) throws SystemCallException {
    if (processor < 0 || processor >= PROCESSORS_MAX) {
      throw new IllegalArgumentException("processor " + processor);
    }
    MemorySegment set = Native.scratchOfThread().asSlice(0, PROCESSORS_MAX / 8).fill((byte) 0);
    set.set(JAVA_BYTE, processor / 8, (byte) (1 << processor % 8));
    MemorySegment errno = Native.errnoOfThread();
    int result;
    try {
      result = (int) SCHED_SETAFFINITY.invokeExact(errno, 0, set.byteSize(), set);
    } catch (Throwable e) {
      throw Native.broken(e);
    }
    if (result < 0) {
      throw Native.failure("sched_setaffinity", errno);
    }
  }

  /// The supplementary group ids of a process (`Groups:` of proc_pid_status(5)); empty if it is
  /// gone or not to be seen.
  public static List<Integer> supplementaryGroups(int pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Integer.toString(pid), "status"))) {
        if (line.startsWith("Groups:")) {
          return GROUP_IDS
              .matcher(line)
              .results()
              .map(id -> Integer.parseUnsignedInt(id.group()))
              .toList();
        }
      }
    } catch (IOException e) {
      // The process has ended meanwhile: nobody is left to have groups.
      return List.of();
    }
    return List.of();
  }

  private static final Pattern GROUP_IDS = Pattern.compile("[0-9]+");

  // CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH: all others kill who does nothing about them.
  private static final long HARMLESS = bits(17, 18, 19, 20, 21, 22, 23, 28);
  private static final long PF_EXITING = 4;

  private static long bits(int... signals) {
    long bits = 0;
    for (int signal : signals) {
      bits |= 1L << (signal - 1);
    }
    return bits;
  }

  /// What /proc tells of a process.
  ///
  /// @param process its number; 0 if it is gone or not to be seen
  /// @param dying whether a signal is about to kill it (`SigPnd` and the like of
  ///   proc_pid_status(5)), or has, and it is ending (`flags` and `exit_code` of proc_pid_stat(5));
  ///   the exit code of another user's process is seen by root only
  public record State(int process, boolean dying) {}

  /// @param pid of one of its threads
  public static State state(int pid) {
    if (pid <= 0) {
      return new State(0, false);
    }
    try {
      Path directory = Path.of("/proc", Integer.toString(pid));
      List<String> status = Files.readAllLines(directory.resolve("status"), ISO_8859_1);
      boolean dying =
          isBeingKilled(status)
              || isEndingKilled(Files.readString(directory.resolve("stat"), ISO_8859_1));
      return new State((int) number(status, "Tgid:", 10), dying);
    } catch (IOException e) {
      return new State(0, false);
    }
  }

  static boolean isBeingKilled(List<String> status) {
    long pending = number(status, "SigPnd:", 16) | number(status, "ShdPnd:", 16);
    long kept =
        number(status, "SigBlk:", 16)
            | number(status, "SigIgn:", 16)
            | number(status, "SigCgt:", 16);
    return (pending & (bits(SIGKILL) | ~(kept | HARMLESS))) != 0;
  }

  private static long number(List<String> status, String key, int radix) {
    for (String line : status) {
      if (line.startsWith(key)) {
        return Long.parseUnsignedLong(line.substring(key.length()).strip(), radix);
      }
    }
    return 0;
  }

  /// A process that ends by itself has a number of a signal of 0.
  static boolean isEndingKilled(String stat) {
    // The command in the second field may hold anything, also blanks and brackets.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).strip().split(" ");
    boolean ending = (Long.parseLong(fields[6]) & PF_EXITING) != 0;
    return ending && (Long.parseLong(fields[fields.length - 1]) & 0x7f) != 0;
  }
}
