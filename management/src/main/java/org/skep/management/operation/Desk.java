package org.skep.management.operation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.management.heartbeat.CapacityLimits;
import org.skep.management.heartbeat.ClientList;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.management.machine.ClusterLog;
import org.skep.management.machine.ClusterMachine;
import org.skep.management.state.Command;
import org.skep.management.state.Result;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Network;
import org.skep.wire.Failure;

/// What the operations work on.
///
/// @param shards how to ask the metadata shards
/// @param metadataLimits when a metadata target is Low or in an Emergency
public record Desk(
    Clock clock,
    Network network,
    ClusterMachine machine,
    ClusterLog log,
    Heartbeats heartbeats,
    ClientList clients,
    ShardDoor shards,
    CapacityLimits metadataLimits,
    CapacityLimits storageLimits) {

  long now() {
    return clock.nanoTime();
  }

  /// The refusal if this peer does not lead, else null.
  @Nullable Failure unlessLeader() {
    return log.isLeader() ? null : ClusterLog.notLeader("ask the others");
  }

  /// Submits what the leader saw of targets, and tells its memory when that is decided.
  ///
  /// @return why it was not decided, or null
  @Nullable Failure submit(List<Command.ReachabilityChange> changes) {
    Failure failure = changes.isEmpty() ? null : submit(new Command.SetReachability(changes));
    if (failure == null) {
      heartbeats.settled(changes);
    }
    return failure;
  }

  /// Submits a command that is answered with nothing.
  ///
  /// @return why it was not done, or null
  @Nullable Failure submit(Command command) {
    return switch (log.submit(command)) {
      case ClusterLog.Answer.Undecided(Failure failure) -> failure;
      case ClusterLog.Answer.Decided(Result.Rejected(int errno, String reason)) ->
          Failure.errno(errno, reason);
      case ClusterLog.Answer.Decided _ -> null;
    };
  }
}
