/// What a service needs from the world: time, chance, network, disk, threads. Every class that
/// needs one takes it in its constructor. The real adapters are in `org.skep.runtime.real`; the
/// simulation has others, which replay from a seed.
///
/// Traps: a timed wait that does not go through [Clock] or [Gate] never ends in the simulation; so
/// does a thread that was not started by [Threads].
@NullMarked
package org.skep.runtime.port;

import org.jspecify.annotations.NullMarked;
