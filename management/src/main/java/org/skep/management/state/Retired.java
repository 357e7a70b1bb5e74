package org.skep.management.state;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;

/// A target that was removed. Its id is never given to another directory: inodes and layouts may
/// still name it, and the wrong directory would answer them with nothing instead of an error.
///
/// @param epoch its last one
/// @param shard the metadata group that went with it, which is there again when it returns; null if
///   it led none
public record Retired(
    NodeKind kind, int targetId, String uuid, long epoch, @Nullable RetiredGroup shard) {}
