package org.skep.management.twin;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.management.log.CommandLog;
import org.skep.management.log.StateMachine;
import org.skep.management.log.Submission;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Gate;

/// A log in memory, always the leader. What stays over a crash is in its [Store].
///
/// A crash keeps all that was answered; of the one command that may be under way, chance decides.
public final class MemoryLog implements CommandLog {
  private static final long SYNC_NANOS_MAX = 2_000_000L;

  /// The disk of a log: what the next life finds.
  public static final class Store {
    // guarded by this
    private final List<byte[]> commands = new ArrayList<>();
    // guarded by this
    private byte @Nullable [] snapshot;

    private synchronized void add(byte[] command) {
      commands.add(command.clone());
    }

    private synchronized void snapshot(byte[] taken) {
      snapshot = taken;
      commands.clear();
    }

    private synchronized void replay(StateMachine machine) {
      if (snapshot != null) {
        machine.restore(snapshot);
      }
      commands.forEach(machine::apply);
    }
  }

  private final Clock clock;
  private final Chance chance;
  private final Store store;
  private final StateMachine machine;
  private final Gate gate;
  // guarded by gate
  private boolean busy;
  private boolean closed;
  private byte @Nullable [] underWay;
  private @Nullable String broken;

  /// Replays what the store has into the machine.
  public MemoryLog(Clock clock, Chance chance, Store store, StateMachine machine) {
    this.clock = clock;
    this.chance = chance;
    this.store = store;
    this.machine = machine;
    this.gate = new Gate(clock);
    store.replay(machine);
  }

  @Override
  public Submission submit(byte[] command, long timeoutNanos) throws InterruptedException {
    if (command.length > COMMAND_BYTES_MAX) {
      throw new IllegalArgumentException("a command of " + command.length + " bytes");
    }
    Submission refusal = begin(command, timeoutNanos);
    if (refusal != null) {
      return refusal;
    }
    clock.sleepNanos(chance.nextInt((int) SYNC_NANOS_MAX));
    return finish(command);
  }

  private @Nullable Submission begin(byte[] command, long timeoutNanos)
      throws InterruptedException {
    gate.lock();
    try {
      long restNanos = timeoutNanos;
      while (busy && !closed && restNanos > 0) {
        restNanos = gate.awaitNanos(restNanos);
      }
      if (busy || closed || broken != null) {
        return new Submission.Unknown("the log is closed or busy");
      }
      busy = true;
      underWay = command;
      return null;
    } finally {
      gate.unlock();
    }
  }

  private Submission finish(byte[] command) {
    gate.lock();
    try {
      busy = false;
      gate.signalAll();
      if (closed) {
        return new Submission.Unknown("the log was closed");
      }
      underWay = null;
      store.add(command);
      return new Submission.Applied(machine.apply(command));
    } catch (RuntimeException e) {
      broken = e.toString();
      return new Submission.Unknown("a command can't be applied: " + e);
    } finally {
      gate.unlock();
    }
  }

  @Override
  public boolean isLeader() {
    gate.lock();
    try {
      return !closed;
    } finally {
      gate.unlock();
    }
  }

  @Override
  public @Nullable String broken() {
    gate.lock();
    try {
      return broken;
    } finally {
      gate.unlock();
    }
  }

  /// The process is killed: nothing more is applied here.
  public void crash() {
    gate.lock();
    try {
      if (!closed && underWay != null && chance.nextInt(2) == 0) {
        store.add(underWay);
      }
      closed = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  @Override
  public void close() {
    gate.lock();
    try {
      if (!closed && underWay == null && broken == null) {
        store.snapshot(machine.snapshot());
      }
      closed = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }
}
