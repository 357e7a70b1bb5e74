/// The simulated world: one [Scheduler] runs all threads of all simulated processes on one real
/// thread, in an order drawn from a seed, and moves simulated time forward when nobody can run.
/// Clock, network, threads and chance of a [SimulatedProcess] stand on it.
///
/// Traps: whoever waits through anything but locks, `LockSupport.park` and the ports waits for
/// ever; iteration over identity-hashed collections is different in each run and breaks the replay.
@NullMarked
package org.skep.simulation.world;

import org.jspecify.annotations.NullMarked;
