package org.skep.runtime.real;

import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Ports;
import org.skep.runtime.port.Threads;

/// Puts the real adapters together.
public final class RealPorts {

  private RealPorts() {}

  /// Ports of this host. Each call makes a network of its own, with its own selector thread; a
  /// process needs one.
  public static Ports create() {
    Clock clock = new RealClock();
    Threads threads = new RealThreads();
    return new Ports(clock, new RealChance(), new RealNetwork(clock, threads), threads);
  }
}
