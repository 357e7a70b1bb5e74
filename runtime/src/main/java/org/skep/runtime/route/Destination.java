package org.skep.runtime.route;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.wire.FrameHeader;

/// What a request is for: a target, or a buddy group.
record Destination(NodeKind kind, boolean group, int id) {

  /// Where the map says that it is served now.
  ///
  /// @param node null if the map does not know the destination
  record Place(@Nullable Node node, long epoch, String name) {}

  Place find(ClusterMap map) {
    if (group) {
      BuddyGroup found = map.group(kind, id);
      return found == null
          ? new Place(null, 0, name())
          : place(found, map, map.target(kind, found.primary()));
    }
    Target found = map.target(kind, id);
    return found == null ? new Place(null, 0, name()) : place(found.epoch(), map, found);
  }

  /// Who waits for a group that can't be served is told so: no repetition helps until a member is
  /// back.
  private Place place(BuddyGroup found, ClusterMap map, @Nullable Target target) {
    Place place = place(found.epoch(), map, target);
    return !found.isPair() || map.hasGoodMember(found)
        ? place
        : new Place(
            place.node(),
            place.epoch(),
            place.name() + ": no member is Good and online: " + map.describe(found));
  }

  private Place place(long epoch, ClusterMap map, @Nullable Target target) {
    if (target == null) {
      return new Place(null, epoch, name());
    }
    Node node = map.node(kind, target.nodeId());
    return new Place(node, epoch, name() + where(target, node));
  }

  int flags() {
    return group && kind == NodeKind.STORAGE ? FrameHeader.FLAG_GROUP : 0;
  }

  /// `storage target 101`, `storage group 3` or `metadata shard 2`.
  private String name() {
    if (kind == NodeKind.METADATA) {
      return "metadata shard " + id;
    }
    return kind.label() + (group ? " group " : " target ") + id;
  }

  private String where(Target target, @Nullable Node node) {
    String member = group ? "target " + target.id() + ", " : "";
    if (node == null) {
      return " (" + member + "node " + target.nodeId() + " is unknown)";
    }
    String address =
        node.endpoints().stream()
            .filter(Endpoint.Tcp.class::isInstance)
            .findFirst()
            .or(() -> node.endpoints().stream().findFirst())
            .map(Endpoint::toString)
            .orElse("no address");
    return " (" + member + "node " + node.id() + ", " + address + ")";
  }
}
