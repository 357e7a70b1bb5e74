package org.skep.management.operation;

import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Kind;

/// Who sends a heartbeat or leaves: a node of the map in its present incarnation, or why not.
sealed interface KnownNode {

  record Present(Node node) implements KnownNode {}

  record Refused(Failure failure) implements KnownNode {}

  static KnownNode of(ClusterMap map, Kind kindMessage, int nodeId, long incarnation) {
    NodeKind kind;
    try {
      kind = MapCodec.of(kindMessage);
    } catch (MalformedFrameException e) {
      return new Refused(Failure.malformed(String.valueOf(e.getMessage())));
    }
    if (kind != NodeKind.METADATA && kind != NodeKind.STORAGE) {
      return new Refused(Failure.malformed("a heartbeat of a " + kind.label() + " node"));
    }
    Node node = map.node(kind, nodeId);
    String name = kind.label() + " node " + Integer.toUnsignedString(nodeId);
    if (node == null) {
      return new Refused(Failure.errno(Errno.ENOENT.number(), name + " is not registered"));
    }
    if (node.incarnation() != incarnation) {
      return new Refused(
          Failure.errno(Errno.ESTALE.number(), name + " was registered by another process"));
    }
    return new Present(node);
  }
}
