/// What the leader of management remembers of the living, in memory only: who was heard when
/// ([Heartbeats]), which clients listen ([ClientList]), how full targets are ([CapacityLimits]).
///
/// Traps: nothing of this survives a restart or a change of leaders, so every decision from it
/// gives a full time-out to everybody at first.
@NullMarked
package org.skep.management.heartbeat;

import org.jspecify.annotations.NullMarked;
