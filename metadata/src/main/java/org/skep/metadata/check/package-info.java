/// What a shard answers to `skep fsck`: reads in bulk, looks again under locks, and repairs what
/// can be repaired without guessing. What is wrong between shards is found by the one who asks
/// (docs/design/fsck.md).
///
/// Reads in bulk take no locks, so they see changes half way; whatever they seem to show has to be
/// looked at again with [org.skep.metadata.check.Examination].
@NullMarked
package org.skep.metadata.check;

import org.jspecify.annotations.NullMarked;
