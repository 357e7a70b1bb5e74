package org.skep.simulation.workload;

import java.util.List;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.fault.Fault;
import org.skep.simulation.world.SimulatedNetwork;

/// A cluster and its troubles.
///
/// @param wires how they are during the run
/// @param troubleNanos how long faults strike
public record Plan(
    Shape shape, SimulatedNetwork.Faults wires, List<Fault> faults, long troubleNanos) {}
