package org.skep.management.operation;

import org.jspecify.annotations.Nullable;
import org.skep.management.heartbeat.CapacityLimits;
import org.skep.management.heartbeat.ClientList;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.management.machine.ClusterLog;
import org.skep.management.machine.ClusterMachine;
import org.skep.runtime.port.Clock;
import org.skep.wire.Failure;

/// What the operations work on.
///
/// @param metadataLimits when a metadata target is Low or in an Emergency
public record Desk(
    Clock clock,
    ClusterMachine machine,
    ClusterLog log,
    Heartbeats heartbeats,
    ClientList clients,
    CapacityLimits metadataLimits,
    CapacityLimits storageLimits) {

  long now() {
    return clock.nanoTime();
  }

  /// The refusal if this peer does not lead, else null.
  @Nullable Failure unlessLeader() {
    return log.isLeader() ? null : ClusterLog.notLeader("ask the others");
  }
}
