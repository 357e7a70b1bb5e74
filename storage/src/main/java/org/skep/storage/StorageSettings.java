package org.skep.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.wire.Secret;

/// What the administrator decides about a storage server.
///
/// @param nodeId 0: from the targets' directories, or else given out by management
/// @param hostName the name it registers with, also for listening on all addresses; empty: this
///   host's
/// @param listen at least one endpoint; port 0 takes a free one
/// @param management endpoints of all peers of management
/// @param secret null: authentication is off
/// @param init whether empty or missing directories become new targets
/// @param storagePoolId of new targets; 0: the default pool
/// @param descriptorsMax how many chunk files all targets together keep open
/// @param sweepIntervalNanos from the end of a sweep to the start of the next; 0: none but on
///   demand
/// @param sweepChunksPerSecondMax how fast a sweep may go
/// @param failureDomain what fails together with this server, `room1/rack2`; empty: only itself
/// @param resyncBytesPerSecond how fast a resync of a mirror group may go through the data, of
///   which it sends what differs; 0: as fast as it can
public record StorageSettings(
    int nodeId,
    String hostName,
    List<Endpoint> listen,
    List<Endpoint> management,
    @Nullable Secret secret,
    boolean init,
    int storagePoolId,
    int descriptorsMax,
    long sweepIntervalNanos,
    int sweepChunksPerSecondMax,
    ServerLimits limits,
    String failureDomain,
    long resyncBytesPerSecond) {

  public static final int DESCRIPTORS_MAX = 1024;
  public static final long SWEEP_INTERVAL_NANOS = 6 * 3_600_000_000_000L;
  public static final int SWEEP_CHUNKS_PER_SECOND_MAX = 10_000;

  public StorageSettings {
    listen = List.copyOf(listen);
    management = List.copyOf(management);
    if (listen.isEmpty() || management.isEmpty()) {
      throw new IllegalArgumentException("a storage server needs an endpoint and management's");
    }
  }

  /// With this failure domain.
  public StorageSettings withFailureDomain(String domain) {
    return new StorageSettings(
        nodeId,
        hostName,
        listen,
        management,
        secret,
        init,
        storagePoolId,
        descriptorsMax,
        sweepIntervalNanos,
        sweepChunksPerSecondMax,
        limits,
        domain,
        resyncBytesPerSecond);
  }

  /// With a limit of a resync's speed.
  public StorageSettings withResyncBytesPerSecond(long bytes) {
    return new StorageSettings(
        nodeId,
        hostName,
        listen,
        management,
        secret,
        init,
        storagePoolId,
        descriptorsMax,
        sweepIntervalNanos,
        sweepChunksPerSecondMax,
        limits,
        failureDomain,
        bytes);
  }

  /// With the usual limits.
  public static StorageSettings of(
      List<Endpoint> listen, List<Endpoint> management, @Nullable Secret secret, boolean init) {
    return new StorageSettings(
        0,
        "",
        listen,
        management,
        secret,
        init,
        0,
        DESCRIPTORS_MAX,
        SWEEP_INTERVAL_NANOS,
        SWEEP_CHUNKS_PER_SECOND_MAX,
        ServerLimits.DEFAULT,
        "",
        0);
  }
}
