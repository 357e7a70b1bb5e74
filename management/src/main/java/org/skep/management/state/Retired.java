package org.skep.management.state;

import org.skep.cluster.NodeKind;

/// A target that was removed. Its id is never given to another directory: inodes and layouts may
/// still name it, and the wrong directory would answer them with nothing instead of an error.
///
/// @param epoch its last one
/// @param groupEpoch of the metadata group that went with it; 0 if there was none
public record Retired(NodeKind kind, int targetId, String uuid, long epoch, long groupEpoch) {}
