/// The real adapters of the ports: the only place of the services that touches the clock, chance,
/// sockets, threads and files of the host.
@NullMarked
package org.skep.runtime.real;

import org.jspecify.annotations.NullMarked;
