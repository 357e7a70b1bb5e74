/// What happened in a run: the simulation's own events and what servers and clients log, with
/// simulated time and the process it came from.
@NullMarked
package org.skep.simulation.log;

import org.jspecify.annotations.NullMarked;
