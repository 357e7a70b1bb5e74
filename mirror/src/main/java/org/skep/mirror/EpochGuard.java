package org.skep.mirror;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
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
/// Where a destination is served depends on the header's flags:
///
/// | flags, storage | metadata | served by |
/// | --- | --- | --- |
/// | none | - | the target's node |
/// | GROUP | none | the node of the group's primary |
/// | GROUP, ANY_MEMBER | - | the nodes of both members |
/// | GROUP, FORWARDED | FORWARDED | the node of the secondary; EPERM for a caller that is no server of the same kind |
/// | others | others | nobody: MALFORMED |
///
/// Any thread may call it.
public final class EpochGuard {
  /// Longer than a map takes to come round, and shorter than a client's patience.
  private static final long NEWER_MAP_WAIT_NANOS = 1_000_000_000L;

  private static final int FORWARDED = FrameHeader.FLAG_GROUP | FrameHeader.FLAG_FORWARDED;
  private static final int ANY_MEMBER = FrameHeader.FLAG_GROUP | FrameHeader.FLAG_ANY_MEMBER;

  private final MapSource maps;
  private final NodeKind kind;
  private final int nodeId;

  /// Where a destination is served, as a map has it.
  ///
  /// @param otherNodeId of the second place, or [#NOWHERE]
  private record Place(int nodeId, int otherNodeId, long epoch) {
    static final int NOWHERE = 0;

    boolean has(int node) {
      return nodeId == node || otherNodeId == node;
    }
  }

  /// @param kind METADATA: destinations are shards; STORAGE: targets, or groups by the header's
  ///   flag
  /// @param nodeId ours
  public EpochGuard(MapSource maps, NodeKind kind, int nodeId) {
    this.maps = maps;
    this.kind = kind;
    this.nodeId = nodeId;
  }

  /// Whether the request of a client may go on: null, or the failure to answer. Waits up to a
  /// second if the client is ahead of us.
  public @Nullable Failure check(FrameHeader header) {
    return check(header, NodeKind.CLIENT);
  }

  /// @param role what the caller is
  public @Nullable Failure check(FrameHeader header, NodeKind role) {
    Failure impossible = checkFlags(header.flags(), role);
    if (impossible != null) {
      return impossible;
    }
    ClusterMap map = maps.current();
    Place place = place(map, header);
    if (place != null && place.has(nodeId) && place.epoch < header.epoch()) {
      if (!awaitNewer(map.version())) {
        return newer(header, place);
      }
      map = maps.current();
      place = place(map, header);
    }
    return decide(header, map, place);
  }

  private @Nullable Failure checkFlags(int flags, NodeKind role) {
    boolean known =
        kind == NodeKind.METADATA
            ? flags == 0 || flags == FrameHeader.FLAG_FORWARDED
            : flags == 0
                || flags == FrameHeader.FLAG_GROUP
                || flags == ANY_MEMBER
                || flags == FORWARDED;
    if (!known) {
      return Failure.malformed("flags 0x" + Integer.toHexString(flags));
    }
    if (isForwarded(flags) && role != kind) {
      return Failure.errno(
          Errno.EPERM.number(),
          "only a " + kind.label() + " server forwards, not a " + role.label());
    }
    return null;
  }

  private static boolean isForwarded(int flags) {
    return (flags & FrameHeader.FLAG_FORWARDED) != 0;
  }

  private @Nullable Failure decide(FrameHeader header, ClusterMap map, @Nullable Place place) {
    if (place == null) {
      return Failure.notServed(name(header) + " is not in the cluster map", map.version());
    }
    if (!place.has(nodeId)) {
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
      return target == null ? null : new Place(target.nodeId(), Place.NOWHERE, target.epoch());
    }
    BuddyGroup group = map.group(kind, header.destination());
    if (group == null) {
      return null;
    }
    Target primary = map.target(kind, group.primary());
    Target secondary =
        group.secondary() == BuddyGroup.NONE ? null : map.target(kind, group.secondary());
    int flags = header.flags();
    Target first = isForwarded(flags) ? secondary : primary;
    if (first == null) {
      return null;
    }
    int other = flags == ANY_MEMBER && secondary != null ? secondary.nodeId() : Place.NOWHERE;
    return new Place(first.nodeId(), other, group.epoch());
  }

  private String name(FrameHeader header) {
    return kind.label()
        + (meansGroup(header) ? " group " : " target ")
        + Integer.toUnsignedString(header.destination());
  }
}
