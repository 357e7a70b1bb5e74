/// The daemons `skep mgmtd`, `skep meta`, `skep storage` and `skep mount`: from their configuration
/// to a running service and its clean stop. [DaemonCommand] is what they share, [Life] the way from
/// start to stop.
@NullMarked
package org.skep.cli.daemon;

import org.jspecify.annotations.NullMarked;
