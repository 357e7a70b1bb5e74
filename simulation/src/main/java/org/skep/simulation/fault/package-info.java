/// What goes wrong in a run: faults are composed with workloads, and drawn from the seed.
@NullMarked
package org.skep.simulation.fault;

import org.jspecify.annotations.NullMarked;
