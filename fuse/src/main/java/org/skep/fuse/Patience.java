package org.skep.fuse;

import org.skep.linux.Errno;

/// How long the process of one request is kept waiting. Guarded by the monitor of its request; time
/// is counted in looks of the watcher.
///
/// ```
/// SERVED  --a signal that kills: soon; that is handled: after HANDLED_TICKS-->  ASKED TO END
///         --FLUSH of a process that is dying, or was told EINTR lately-->       ASKED TO END
///         --RELEASE that takes long (nobody waits for it)-->                    LET GO
/// ASKED TO END  --after END_TICKS, if it may be let go or is being killed-->    LET GO
/// any     --the operation answers first-->                                      CLAIMED
/// ```
///
/// A process that has been killed closes its files while it ends, and no signal reaches it then: so
/// for a FLUSH that takes long the process is looked at.
final class Patience {
  /// A quarter of a second: a signal that a process handles (a timer, a profiler, a child that
  /// ended) does not disturb what is making progress.
  static final int HANDLED_TICKS = 5;

  /// What an operation gets to end by itself after its wait was interrupted.
  static final int END_TICKS = 1;

  static final int FLUSH_TICKS = 1;
  static final int RELEASE_TICKS = 5;
  private static final int SELDOM_TICKS = 4;

  private Opcode opcode = Opcode.INIT;
  private boolean mayBeLetGo;
  private boolean claimed;
  private boolean letGo;
  private boolean asked;
  private int ticks;
  private int sinceSignal;
  private int signalTicks;
  private int askedTicks;

  /// What is to be done now.
  enum Verdict {
    NOTHING,
    INTERRUPT,
    LET_GO
  }

  void begin(int opcodeNumber) {
    Opcode known = Opcode.of(opcodeNumber);
    opcode = known == null ? Opcode.INIT : known;
    mayBeLetGo = false;
    claimed = false;
    letGo = false;
    asked = false;
    ticks = 0;
    sinceSignal = 0;
    signalTicks = 0;
    askedTicks = 0;
  }

  void letGo() {
    mayBeLetGo = true;
  }

  /// Whether the operation's thread is the one to answer.
  boolean claim() {
    claimed = !letGo;
    return claimed;
  }

  boolean isLetGo() {
    return letGo;
  }

  /// One look of the watcher.
  ///
  /// @param starved whether no thread is there to read of signals
  /// @return whether there may be something to do, so that the process is worth a look
  boolean tick(boolean interrupted, boolean starved) {
    ticks++;
    if (claimed || letGo) {
      return false;
    }
    // A look costs about 100 us: after a while it is taken less often.
    boolean seldom = ticks % SELDOM_TICKS == 0;
    if (interrupted || asked) {
      sinceSignal++;
      return sinceSignal <= 4 * HANDLED_TICKS || seldom;
    }
    return ((starved || opcode == Opcode.FLUSH) && (ticks == FLUSH_TICKS || seldom))
        || (opcode == Opcode.RELEASE && ticks >= RELEASE_TICKS);
  }

  /// @param dying whether the process is being killed
  /// @param lately whether it was told EINTR lately
  /// @param room whether one more operation may go on without its process
  Verdict look(boolean interrupted, boolean dying, boolean lately, boolean room) {
    if (claimed || letGo) {
      return Verdict.NOTHING;
    }
    if (opcode == Opcode.RELEASE) {
      letGo = room;
      return letGo ? Verdict.LET_GO : Verdict.NOTHING;
    }
    if (!asked) {
      signalTicks += interrupted ? 1 : 0;
      asked = dying || signalTicks >= HANDLED_TICKS || (lately && opcode == Opcode.FLUSH);
      return asked ? Verdict.INTERRUPT : Verdict.NOTHING;
    }
    askedTicks++;
    letGo = room && askedTicks >= END_TICKS && (mayBeLetGo || dying);
    return letGo ? Verdict.LET_GO : Verdict.NOTHING;
  }

  /// What the process is told. Nobody hears of a RELEASE.
  int errno() {
    return opcode == Opcode.RELEASE ? 0 : Errno.EINTR.number();
  }
}
