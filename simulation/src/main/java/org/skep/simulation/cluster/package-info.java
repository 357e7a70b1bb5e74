/// A whole cluster in the simulated world: the real services and the real client library, each in a
/// [SimulatedProcess][org.skep.simulation.world.SimulatedProcess] on a host of its own, on disks
/// and stores in memory that outlive their processes.
@NullMarked
package org.skep.simulation.cluster;

import org.jspecify.annotations.NullMarked;
