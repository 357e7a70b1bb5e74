/// Changes of the tree, on one shard or over several.
///
/// [Coordinator] runs a [TreeChange]: finds what it needs, locks it in ascending order on all
/// shards, lets it decide, and applies: in one batch if everything is here, else by two-phase
/// commit with presumed abort. [Participant] is the other side. [Decisions] keeps what was decided
/// until every participant has carried it out durably. [ChangeSteps] turns wire changes into drafts
/// for both sides.
///
/// | what dies, when | what happens |
/// | --- | --- |
/// | coordinator, before its decision is durable | it does not know the transaction any more: participants ask, hear ABORTED, release |
/// | coordinator, after | it finds the decision at its start and sends COMMIT until all have answered |
/// | participant, before it prepared | its locks are gone: PREPARE is refused, the coordinator aborts and tries again |
/// | participant, after | it locks the intent's inodes at its start, asks for the outcome, and carries it out |
///
/// Trap: a participant applies the first COMMIT unsynced and may lose it again with its host; the
/// intent is there again then. So the coordinator forgets its decision only after another COMMIT
/// that was answered durably: commit and sync within one life of the participant. (An answered
/// COMMIT and a later sync would not do: the participant may have lost the one before the other.)
@NullMarked
package org.skep.metadata.transaction;

import org.jspecify.annotations.NullMarked;
