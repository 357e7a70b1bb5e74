package org.skep.management.state;

import org.skep.cluster.NodeKind;

/// A buddy group that was removed. If an administrator makes a group of the same id again, its
/// epoch and its losses go on from here.
public record RetiredGroup(NodeKind kind, int groupId, long epoch, long losses) {}
