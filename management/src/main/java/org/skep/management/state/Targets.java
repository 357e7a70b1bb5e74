package org.skep.management.state;

import org.skep.cluster.Consistency;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// Targets with one thing changed.
final class Targets {

  private Targets() {}

  static Target withReachability(Target target, Reachability reachability) {
    return new Target(
        target.kind(),
        target.id(),
        target.nodeId(),
        target.uuid(),
        target.epoch(),
        reachability,
        target.consistency(),
        target.storagePoolId(),
        target.keptSpare());
  }

  static Target with(Target target, Reachability reachability, Consistency consistency) {
    return new Target(
        target.kind(),
        target.id(),
        target.nodeId(),
        target.uuid(),
        target.epoch(),
        reachability,
        consistency,
        target.storagePoolId(),
        target.keptSpare());
  }

  static Target keptSpare(Target target, boolean keptSpare) {
    return new Target(
        target.kind(),
        target.id(),
        target.nodeId(),
        target.uuid(),
        target.epoch(),
        target.reachability(),
        target.consistency(),
        target.storagePoolId(),
        keptSpare);
  }

  /// Served by another node: a new epoch.
  static Target movedTo(Target target, int nodeId, Reachability reachability) {
    return new Target(
        target.kind(),
        target.id(),
        nodeId,
        target.uuid(),
        target.epoch() + 1,
        reachability,
        target.consistency(),
        target.storagePoolId(),
        target.keptSpare());
  }
}
