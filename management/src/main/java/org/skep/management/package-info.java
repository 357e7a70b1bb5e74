/// Management: who belongs to the cluster and who is reachable. [ManagementServer] runs it on a
/// real host, [ManagementService] on any ports.
///
/// A tour: a command (`state`) goes into the log (`log`, `raft`) and is applied in one place
/// (`machine`), which makes the next cluster map. The requests are in `operation`. Heartbeats
/// (`heartbeat`) stay in memory; only what follows from them becomes a command.
///
/// Traps: only the log's thread may change the state. Nothing may be answered before its command is
/// durable and applied.
@NullMarked
package org.skep.management;

import org.jspecify.annotations.NullMarked;
