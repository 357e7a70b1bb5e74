package org.skep.management;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.management.heartbeat.CapacityLimits;
import org.skep.management.raft.RaftPeers;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.wire.Secret;

/// What the administrator may set of management.
///
/// @param listen for clients and servers; at least one
/// @param secret null: authentication is off
/// @param init whether an empty or missing directory may be made management's
/// @param clusterId of a cluster to be created; empty: one is made up, which several peers of
///   management can't do
/// @param offlineTimeoutNanos after which a silent target is Offline, 1 s to 10 min
public record ManagementSettings(
    List<Endpoint> listen,
    @Nullable Secret secret,
    boolean init,
    String clusterId,
    long offlineTimeoutNanos,
    CapacityLimits metadataLimits,
    CapacityLimits storageLimits,
    RaftPeers peers,
    ServerLimits serverLimits) {

  public static final long OFFLINE_TIMEOUT_NANOS = 5_000_000_000L;
  public static final int PORT = 8008;

  public ManagementSettings {
    if (listen.isEmpty()) {
      throw new IllegalArgumentException("management listens nowhere");
    }
    listen = List.copyOf(listen);
  }

  /// One peer with the usual limits and time-outs.
  public static ManagementSettings of(
      List<Endpoint> listen, @Nullable Secret secret, boolean init) {
    return new ManagementSettings(
        listen,
        secret,
        init,
        "",
        OFFLINE_TIMEOUT_NANOS,
        CapacityLimits.METADATA,
        CapacityLimits.STORAGE,
        RaftPeers.ALONE,
        ServerLimits.DEFAULT);
  }

  public ManagementSettings withOfflineTimeoutNanos(long nanos) {
    return new ManagementSettings(
        listen, secret, init, clusterId, nanos, metadataLimits, storageLimits, peers, serverLimits);
  }

  public ManagementSettings withCapacityLimits(CapacityLimits metadata, CapacityLimits storage) {
    return new ManagementSettings(
        listen,
        secret,
        init,
        clusterId,
        offlineTimeoutNanos,
        metadata,
        storage,
        peers,
        serverLimits);
  }

  public ManagementSettings withPeers(RaftPeers raftPeers, String newClusterId) {
    return new ManagementSettings(
        listen,
        secret,
        init,
        newClusterId,
        offlineTimeoutNanos,
        metadataLimits,
        storageLimits,
        raftPeers,
        serverLimits);
  }
}
