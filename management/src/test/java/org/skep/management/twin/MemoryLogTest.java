package org.skep.management.twin;

import org.skep.management.log.CommandLog;
import org.skep.management.log.StateMachine;
import org.skep.runtime.real.RealChance;
import org.skep.runtime.real.RealClock;

final class MemoryLogTest extends CommandLogContract {
  private final MemoryLog.Store store = new MemoryLog.Store();

  @Override
  protected CommandLog open(StateMachine machine) {
    return new MemoryLog(new RealClock(), new RealChance(), store, machine);
  }

  @Override
  protected void crash(CommandLog log) {
    ((MemoryLog) log).crash();
  }
}
