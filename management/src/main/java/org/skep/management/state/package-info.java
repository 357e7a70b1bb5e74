/// What management decides, without any input or output: [ClusterState] and the rules of its
/// commands. All is immutable and pure, so that every replay of the Raft log gives the same state.
///
/// Traps: a rule must never look at anything but the state and the command, and a rule that has
/// been released must keep its outcome for commands that stand in old logs.
@NullMarked
package org.skep.management.state;

import org.jspecify.annotations.NullMarked;
