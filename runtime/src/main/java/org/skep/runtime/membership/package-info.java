/// How a process belongs to the cluster: [ManagementCaller] asks management, [MapFollower] keeps
/// the cluster map new, [NodeAgent] registers a server, sends its heartbeats and says good-bye.
///
/// Traps: a target that is missing in a heartbeat's reports counts as silent. A server whose node
/// was taken over by another process again and again stops loudly: two processes must never serve
/// one target.
@NullMarked
package org.skep.runtime.membership;

import org.jspecify.annotations.NullMarked;
