package org.skep.management.state;

import org.skep.cluster.NodeKind;

/// A buddy group that was removed, or a metadata shard that was given up. If there is a group of
/// the same id again, its epoch and its losses go on from here.
public record RetiredGroup(NodeKind kind, int groupId, long epoch, long losses) {}
