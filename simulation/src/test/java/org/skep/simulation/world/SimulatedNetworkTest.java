package org.skep.simulation.world;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Ports;
import org.skep.runtime.twin.NetworkContract;

class SimulatedNetworkTest extends NetworkContract {
  private static final long HOUR_NANOS = 3_600_000_000_000L;

  private final Scheduler scheduler = new Scheduler(1);
  private final SimulatedNetwork network =
      new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
  private final SimulatedProcess process =
      new SimulatedProcess(scheduler, network, "host", "process", 1.0);

  @Override
  protected Ports ports() {
    return process.ports();
  }

  @Override
  protected Endpoint freshEndpoint() {
    return new Endpoint.Tcp("host", 0);
  }

  @Override
  protected void inWorld(Scenario scenario) throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread _ =
        process.start(
            "scenario",
            () -> {
              try {
                scenario.run();
              } catch (Exception | AssertionError e) {
                failure.set(e);
              }
              ended.set(true);
            });
    scheduler.runUntil(ended::get, HOUR_NANOS, "the scenario's end");
    if (failure.get() != null) {
      throw new AssertionError(failure.get());
    }
  }
}
