/// The check of a whole cluster while it is used: `skep fsck` without its terminal.
///
/// [Fsck] runs one phase after the other, each a class: [RecordPhase] (what a shard can tell of
/// itself), [NamePhase] (names, inodes and link counts over all shards), [TreePhase] (circles of
/// directories), [FilePhase] and [ChunkPhase] (files and their chunk files), [CopyPhase] (the
/// members of groups), [PendingPhase] (what nobody finishes). What a phase finds in its first look
/// is only a suspicion, since it reads while changes go on: it is looked at again, as
/// docs/design/fsck.md says, before it becomes a [Finding].
///
/// One thread runs it all. Memory is bounded by [Settings].
@NullMarked
package org.skep.fsck;

import org.jspecify.annotations.NullMarked;
