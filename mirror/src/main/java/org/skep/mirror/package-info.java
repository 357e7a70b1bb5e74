/// What metadata and storage servers share about being a member of a buddy group; so far storage
/// uses it. docs/design/mirroring.md says what and why.
///
/// [EpochGuard] refuses requests that another server, or another epoch, is meant to answer.
/// [GroupMember] owns a target's role, which follows the map in *terms* ([GroupView], [Term]): a
/// request begins with a [Turn] and is carried out by [MemberRequests], at a primary of a pair by
/// [PairRequest] over the [Forwarder], during a resync by [ResyncRequest]. [RangeLocks] order what
/// overlaps. [MemberLogs] are what a restarted process knows: [ActivityLog], what was in progress,
/// and [ChangeLog], what the buddy lacks.
///
/// Traps: a change that is neither over nor undone must keep its record of the activity log (throw
/// [MemberRefusal]); nothing that waits for a client may hold a turn or a lock, since the next term
/// waits for both.
@NullMarked
package org.skep.mirror;

import org.jspecify.annotations.NullMarked;
