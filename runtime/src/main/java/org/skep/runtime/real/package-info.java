/// The real adapters of the ports: this host's clock, randomness, threads, sockets and files. The
/// only place of `runtime` that may touch them. [RealPorts] puts them together.
///
/// Trap: a socket's number is free for others as soon as it is closed; all calls on it go through
/// [GuardedSocket].
@NullMarked
package org.skep.runtime.real;

import org.jspecify.annotations.NullMarked;
