package org.skep.simulation.world;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Ports;
import org.skep.runtime.port.Threads;

/// One life of a simulated process on a host, with its own ports. [#kill] is `kill -9`: its threads
/// never run again, its connections break; [#vanish] the loss of power, of which peers learn late.
public final class SimulatedProcess {
  private static final long EPOCH_NANOS = 1_800_000_000_000_000_000L;

  private final Scheduler scheduler;
  private final String host;
  private final String name;
  private final double clockRate;
  private final Ports ports;
  private final List<Runnable> atDeath = new ArrayList<>();
  private boolean alive = true;
  private boolean silent;
  private boolean paused;

  /// @param clockRate how fast its clock goes: 1.0 is true time
  public SimulatedProcess(
      Scheduler scheduler, SimulatedNetwork network, String host, String name, double clockRate) {
    this.scheduler = scheduler;
    this.host = host;
    this.name = name;
    this.clockRate = clockRate;
    this.ports = new Ports(clock(), chance(), network.of(this), threads());
  }

  public Ports ports() {
    return ports;
  }

  public String name() {
    return name;
  }

  public String host() {
    return host;
  }

  public boolean alive() {
    return alive;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  /// Called once when the process dies, on the scheduler's thread.
  public void atDeath(Runnable action) {
    atDeath.add(action);
  }

  /// Its threads stand still until [#goOn]; its time goes on, and its host takes in what arrives.
  public void pause() {
    paused = true;
    scheduler.trace(name.hashCode());
  }

  public void goOn() {
    paused = false;
    scheduler.goOn(this);
  }

  public boolean isPaused() {
    return paused;
  }

  public void kill() {
    die(false);
  }

  /// The power of the host is cut: as [#kill], but its peers hear nothing of it.
  public void vanish() {
    die(true);
  }

  /// Whether it went without a word.
  boolean isSilent() {
    return silent;
  }

  private void die(boolean withoutWord) {
    if (alive) {
      silent = withoutWord;
      alive = false;
      scheduler.trace(name.hashCode());
      List.copyOf(atDeath).forEach(Runnable::run);
    }
  }

  /// Starts a thread in this process.
  public Thread start(String threadName, Runnable body) {
    return scheduler.start(this, threadName, body);
  }

  private Clock clock() {
    return new Clock() {
      @Override
      public long nanoTime() {
        return (long) (scheduler.nowNanos() * clockRate);
      }

      @Override
      public long epochNanos() {
        return EPOCH_NANOS + nanoTime();
      }

      @Override
      public void parkNanos(Object blocker, long nanos) {
        scheduler.park(blocker, (long) Math.ceil(nanos / clockRate));
      }
    };
  }

  private Threads threads() {
    return this::start;
  }

  private Chance chance() {
    SplittableRandom random = scheduler.random().split();
    return new Chance() {
      @Override
      public long nextLong() {
        return random.nextLong();
      }

      @Override
      public int nextInt(int bound) {
        return random.nextInt(bound);
      }

      @Override
      public byte[] secretBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
      }
    };
  }
}
