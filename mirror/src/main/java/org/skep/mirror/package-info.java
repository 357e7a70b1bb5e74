/// What metadata and storage servers share about being a member of a buddy group.
/// docs/design/mirroring.md and shards.md say what and why.
///
/// [EpochGuard] refuses requests that another server, or another epoch, is meant to answer.
/// [GroupMember] is a target in its role, which follows the map in *terms* ([GroupView], [Term]): a
/// request begins with a [Turn], or with [GroupMember#admit] if it is fenced in another way. The
/// terms are owned by [Terms], and follow one another by the rules of [TermThread]. What is held,
/// and how it is settled between two terms, is the member's [Replica]'s: ranges of chunks
/// (`range`), or a shard (in the module `metadata`). The [Forwarder] is a primary's line to its
/// secondary.
///
/// Traps: nothing that waits for a client may hold a turn, since the next term waits for it; what
/// the secondary must do for a change is not known to be in time unless [Forwarder#needs] was told.
@NullMarked
package org.skep.mirror;

import org.jspecify.annotations.NullMarked;
