package org.skep.mirror;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.runtime.route.MapSource;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;

/// Decides whether this process may answer a request: whether it serves the destination, and in the
/// epoch the client means.
///
/// | destination in our map | client's epoch | answer |
/// | --- | --- | --- |
/// | unknown, or served by another node | any | NOT_SERVED with our map version |
/// | served here | ours | go on |
/// | served here | older | STALE_EPOCH with our map version |
/// | served here | newer | wait for a newer map, look again; still newer: RETRY |
///
/// Any thread may call it.
public final class EpochGuard {
  /// Longer than a map takes to come round, and shorter than a client's patience.
  private static final long NEWER_MAP_WAIT_NANOS = 1_000_000_000L;

  private final MapSource maps;
  private final NodeKind kind;
  private final int nodeId;

  /// Where a destination is served, as a map has it.
  private record Place(int nodeId, long epoch) {}

  /// @param kind METADATA: destinations are shards; STORAGE: targets, or groups by the header's
  ///   flag
  /// @param nodeId ours
  public EpochGuard(MapSource maps, NodeKind kind, int nodeId) {
    this.maps = maps;
    this.kind = kind;
    this.nodeId = nodeId;
  }

  /// Whether the request may go on: null, or the failure to answer. Waits up to a second if the
  /// client is ahead of us.
  public @Nullable Failure check(FrameHeader header) {
    ClusterMap map = maps.current();
    Place place = place(map, header);
    if (place != null && place.nodeId == nodeId && place.epoch < header.epoch()) {
      if (!awaitNewer(map.version())) {
        return newer(header, place);
      }
      map = maps.current();
      place = place(map, header);
    }
    return decide(header, map, place);
  }

  private @Nullable Failure decide(FrameHeader header, ClusterMap map, @Nullable Place place) {
    if (place == null) {
      return Failure.notServed(name(header) + " is not in the cluster map", map.version());
    }
    if (place.nodeId != nodeId) {
      return Failure.notServed(
          name(header) + " is served by node " + place.nodeId + ", not by " + nodeId,
          map.version());
    }
    if (place.epoch > header.epoch()) {
      return Failure.staleEpoch(
          name(header) + " is in epoch " + place.epoch + ", the request in " + header.epoch(),
          map.version());
    }
    return place.epoch == header.epoch() ? null : newer(header, place);
  }

  private Failure newer(FrameHeader header, Place place) {
    return Failure.retry(
        name(header)
            + ": the request is in epoch "
            + header.epoch()
            + ", the server knows of "
            + place.epoch
            + " only");
  }

  private boolean awaitNewer(long version) {
    try {
      return maps.awaitVersion(version + 1, NEWER_MAP_WAIT_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean meansGroup(FrameHeader header) {
    return kind == NodeKind.METADATA || (header.flags() & FrameHeader.FLAG_GROUP) != 0;
  }

  private @Nullable Place place(ClusterMap map, FrameHeader header) {
    if (!meansGroup(header)) {
      Target target = map.target(kind, header.destination());
      return target == null ? null : new Place(target.nodeId(), target.epoch());
    }
    BuddyGroup group = map.group(kind, header.destination());
    if (group == null) {
      return null;
    }
    Target primary = map.target(kind, group.primary());
    return primary == null ? null : new Place(primary.nodeId(), group.epoch());
  }

  private String name(FrameHeader header) {
    return kind.label()
        + (meansGroup(header) ? " group " : " target ")
        + Integer.toUnsignedString(header.destination());
  }
}
