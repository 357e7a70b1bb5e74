package org.skep.metadata.replication;

import java.util.ArrayList;
import java.util.List;
import org.skep.runtime.port.Gate;

/// Those who wait for the secondary's word, each woken for itself: the answer to a request wakes
/// who has waited for it, and one of the others, who sends the next. To wake all of them each time
/// costs more than the request does. All is called with the gate locked.
final class NumberWaits {

  /// Instead of a number: to be woken by each answer.
  static final long ANY = -1;

  private final Gate gate;
  // in the order they came
  private final List<Wait> waits = new ArrayList<>();

  private record Wait(long number, Gate own) {}

  NumberWaits(Gate gate) {
    this.gate = gate;
  }

  /// Waits until woken; the caller looks again then whether it still has to.
  void await(long number, Waiting waiting) {
    Wait wait = new Wait(number, gate.beside());
    waits.add(wait);
    try {
      waiting.at(wait.own);
    } finally {
      waits.remove(wait);
    }
  }

  /// A request is over: wakes those whose number is reached, and the first one of the rest.
  void over(long reached) {
    boolean next = false;
    for (Wait wait : waits) {
      if (wait.number <= reached) {
        wait.own.signalAll();
      } else if (!next) {
        next = true;
        wait.own.signalAll();
      }
    }
  }

  void wakeAll() {
    for (Wait wait : waits) {
      wait.own.signalAll();
    }
  }
}
