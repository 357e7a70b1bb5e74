/// Storage's kind of [org.skep.mirror.Replica]: items that are changed by ranges, as
/// docs/design/mirroring.md says.
///
/// A request with a [org.skep.mirror.Turn] is carried out by [MemberRequests], at a primary of a
/// pair by [PairRequest] over the [org.skep.mirror.Forwarder], during a resync by [ResyncRequest].
/// [RangeLocks] order what overlaps. [MemberLogs] are what a restarted process knows:
/// [ActivityLog], what was in progress, and [ChangeLog], what the buddy lacks. [TermStart] settles
/// them between two terms.
///
/// Traps: a change that is neither over nor undone must keep its record of the activity log (throw
/// [org.skep.mirror.MemberRefusal]); nothing that waits for a client may hold a turn or a lock,
/// since the next term waits for both.
@NullMarked
package org.skep.mirror.range;

import org.jspecify.annotations.NullMarked;
