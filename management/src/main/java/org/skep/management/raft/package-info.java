/// The adapter of the log's port to Apache Ratis: [RatisLog].
///
/// A single peer, the default, talks to nobody: it has no port at all ([LoneRpc]) and is its own
/// majority. Several peers talk gRPC to each other; that traffic is not authenticated by Skep and
/// belongs into a network of the servers only.
///
/// Traps: Ratis has threads and clocks of its own, so this never runs in the simulation. Its
/// `FORMAT` start option clears a directory; only `RECOVER` is used here. An exception out of the
/// state machine would only be logged by Ratis: [MachineAdapter] makes it visible.
@NullMarked
package org.skep.management.raft;

import org.jspecify.annotations.NullMarked;
