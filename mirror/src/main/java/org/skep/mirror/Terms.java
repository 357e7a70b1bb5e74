package org.skep.mirror;

import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// The terms of one member: the present one, and the next while it is prepared. Owns both; any
/// thread may call it.
final class Terms {
  private final Clock clock;
  private final Gate gate;
  // written with the gate locked
  private volatile Term term = new Term(GroupView.NOTHING);
  private volatile boolean stopped;
  // written by the member's thread only
  private volatile @Nullable Term preparing;

  Terms(Clock clock) {
    this.clock = clock;
    gate = new Gate(clock);
  }

  /// Guards all terms and is signalled with each news of one.
  Gate gate() {
    return gate;
  }

  /// The present one.
  Term now() {
    return term;
  }

  /// The one that is going to be the next; null if none is prepared.
  @Nullable Term preparing() {
    return preparing;
  }

  void prepares(@Nullable Term fresh) {
    preparing = fresh;
  }

  boolean stopping() {
    return stopped;
  }

  /// Nothing is served any more, in no term.
  void stop() {
    gate.lock();
    try {
      stopped = true;
      term.serving = false;
      term.waitsFor = "the server stops";
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  void leave(Term left) {
    gate.lock();
    try {
      left.running--;
      // Only the end of a term is waited for; every request in between would wake in vain.
      if (left.running == 0 && (left.next != null || stopped)) {
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  /// The term goes on with a newer view.
  void renew(Term now, GroupView newest) {
    gate.lock();
    try {
      now.view = newest;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Nothing of the term is admitted any more.
  void end(Term old, GroupView newest) {
    gate.lock();
    try {
      old.next = newest;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// @return whether no turn of the term is open any more
  boolean awaitEnd(Term old, long nanos) throws InterruptedException {
    long end = clock.nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos; old.running > 0 && rest > 0; rest = end - clock.nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
      return old.running == 0;
    } finally {
      gate.unlock();
    }
  }

  /// It is the present term from now on.
  void publish(Term fresh) {
    gate.lock();
    try {
      term = fresh;
      if (stopped) {
        fresh.serving = false;
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// The term of that view, if it is the present one or is being prepared, serves nothing any more.
  ///
  /// @return false if there is no such term, or it has stepped out already
  boolean stepOut(GroupView during, String why) {
    gate.lock();
    try {
      Term from = termOf(during);
      if (from == null || from.steppedOut) {
        return false;
      }
      from.steppedOut = true;
      from.waitsFor = why;
      gate.signalAll();
      return true;
    } finally {
      gate.unlock();
    }
  }

  /// Undoes [#stepOut].
  void stepIn(GroupView during) {
    gate.lock();
    try {
      Term from = termOf(during);
      if (from != null) {
        from.steppedOut = false;
        gate.signalAll();
      }
    } finally {
      gate.unlock();
    }
  }

  private @Nullable Term termOf(GroupView view) {
    Term fresh = preparing;
    if (fresh != null && fresh.view.sameTerm(view)) {
      return fresh;
    }
    return term.view.sameTerm(view) ? term : null;
  }
}
