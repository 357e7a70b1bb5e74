package org.skep.wire;

import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Layout;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.StripePattern;
import org.skep.cluster.Target;
import org.skep.wire.message.ClusterMapMessage;
import org.skep.wire.message.EndpointMessage;
import org.skep.wire.message.GroupMessage;
import org.skep.wire.message.Kind;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.PatternKind;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.TargetMessage;

/// Between the values of `cluster` and their messages. What comes from the wire is checked: each
/// `of` throws [MalformedFrameException] naming the value that cannot be.
public final class MapCodec {

  private MapCodec() {}

  /// A decoding step that may find an impossible value.
  private interface Decoding<T> {
    T run() throws MalformedFrameException;
  }

  public static ClusterMapMessage message(ClusterMap map) {
    ClusterMapMessage.Builder builder =
        ClusterMapMessage.newBuilder()
            .setVersion(map.version())
            .setClusterId(map.clusterId())
            .setRootShard(map.rootShard());
    map.nodes().forEach(node -> builder.addNodes(message(node)));
    map.targets().forEach(target -> builder.addTargets(message(target)));
    map.groups().forEach(group -> builder.addGroups(message(group)));
    return builder.build();
  }

  public static ClusterMap of(ClusterMapMessage message) throws MalformedFrameException {
    return checked(() -> {
      List<Node> nodes = new ArrayList<>();
      for (NodeMessage node : message.getNodesList()) {
        nodes.add(of(node));
      }
      List<Target> targets = new ArrayList<>();
      for (TargetMessage target : message.getTargetsList()) {
        targets.add(of(target));
      }
      List<BuddyGroup> groups = new ArrayList<>();
      for (GroupMessage group : message.getGroupsList()) {
        groups.add(of(group));
      }
      return ClusterMap.of(
          message.getVersion(),
          message.getClusterId(),
          message.getRootShard(),
          nodes,
          targets,
          groups);
    });
  }

  public static NodeMessage message(Node node) {
    NodeMessage.Builder builder =
        NodeMessage.newBuilder()
            .setKind(message(node.kind()))
            .setId(node.id())
            .setName(node.name())
            .setHostId(node.hostId())
            .setIncarnation(node.incarnation())
            .setFailureDomain(node.failureDomain());
    node.endpoints().forEach(endpoint -> builder.addEndpoints(message(endpoint)));
    return builder.build();
  }

  public static Node of(NodeMessage message) throws MalformedFrameException {
    return checked(() -> {
      List<Endpoint> endpoints = new ArrayList<>();
      for (EndpointMessage endpoint : message.getEndpointsList()) {
        endpoints.add(of(endpoint));
      }
      return new Node(
          of(message.getKind()),
          message.getId(),
          message.getName(),
          message.getHostId(),
          message.getIncarnation(),
          endpoints,
          message.getFailureDomain());
    });
  }

  public static EndpointMessage message(Endpoint endpoint) {
    return switch (endpoint) {
      case Endpoint.Tcp(String host, int port) ->
          EndpointMessage.newBuilder().setHost(host).setPort(port).build();
      case Endpoint.Unix(String path) -> EndpointMessage.newBuilder().setUnixPath(path).build();
    };
  }

  public static Endpoint of(EndpointMessage message) throws MalformedFrameException {
    return checked(() ->
        message.getUnixPath().isEmpty()
            ? new Endpoint.Tcp(message.getHost(), message.getPort())
            : new Endpoint.Unix(message.getUnixPath()));
  }

  public static TargetMessage message(Target target) {
    return TargetMessage.newBuilder()
        .setKind(message(target.kind()))
        .setId(target.id())
        .setNodeId(target.nodeId())
        .setUuid(target.uuid())
        .setEpoch(target.epoch())
        .setReachability(target.reachability().ordinal())
        .setConsistency(target.consistency().ordinal())
        .setStoragePoolId(target.storagePoolId())
        .setKeptSpare(target.keptSpare())
        .build();
  }

  public static Target of(TargetMessage message) throws MalformedFrameException {
    return checked(() ->
        new Target(
            of(message.getKind()),
            message.getId(),
            message.getNodeId(),
            message.getUuid(),
            message.getEpoch(),
            pick(Reachability.values(), message.getReachability()),
            pick(Consistency.values(), message.getConsistency()),
            message.getStoragePoolId(),
            message.getKeptSpare()));
  }

  public static GroupMessage message(BuddyGroup group) {
    return GroupMessage.newBuilder()
        .setKind(message(group.kind()))
        .setId(group.id())
        .setPrimary(group.primary())
        .setSecondary(group.secondary())
        .setEpoch(group.epoch())
        .setLosses(group.losses())
        .build();
  }

  public static BuddyGroup of(GroupMessage message) throws MalformedFrameException {
    return checked(() ->
        new BuddyGroup(
            of(message.getKind()),
            message.getId(),
            message.getPrimary(),
            message.getSecondary(),
            message.getEpoch(),
            message.getLosses()));
  }

  public static PatternMessage message(StripePattern pattern) {
    return PatternMessage.newBuilder()
        .setKind(message(pattern.kind()))
        .setChunkBytes(pattern.chunkBytes())
        .setTargetCount(pattern.targetCount())
        .setStoragePoolId(pattern.storagePoolId())
        .build();
  }

  public static StripePattern of(PatternMessage message) throws MalformedFrameException {
    return checked(() ->
        new StripePattern(
            of(message.getKind()),
            message.getChunkBytes(),
            message.getTargetCount(),
            message.getStoragePoolId()));
  }

  public static LayoutMessage message(Layout layout) {
    return LayoutMessage.newBuilder()
        .setKind(message(layout.kind()))
        .setChunkBytes(layout.chunkBytes())
        .addAllStripes(layout.stripes())
        .build();
  }

  public static Layout of(LayoutMessage message) throws MalformedFrameException {
    return checked(
        () -> new Layout(of(message.getKind()), message.getChunkBytes(), message.getStripesList()));
  }

  public static Kind message(NodeKind kind) {
    return switch (kind) {
      case MANAGEMENT -> Kind.MANAGEMENT;
      case METADATA -> Kind.METADATA;
      case STORAGE -> Kind.STORAGE;
      case CLIENT -> Kind.CLIENT;
    };
  }

  public static NodeKind of(Kind kind) throws MalformedFrameException {
    return switch (kind) {
      case MANAGEMENT -> NodeKind.MANAGEMENT;
      case METADATA -> NodeKind.METADATA;
      case STORAGE -> NodeKind.STORAGE;
      case CLIENT -> NodeKind.CLIENT;
      case KIND_UNKNOWN, UNRECOGNIZED -> throw new MalformedFrameException("node kind " + kind);
    };
  }

  private static PatternKind message(StripePattern.Kind kind) {
    return switch (kind) {
      case RAID0 -> PatternKind.RAID0;
      case BUDDY_MIRROR -> PatternKind.BUDDY_MIRROR;
    };
  }

  private static StripePattern.Kind of(PatternKind kind) throws MalformedFrameException {
    return switch (kind) {
      case RAID0 -> StripePattern.Kind.RAID0;
      case BUDDY_MIRROR -> StripePattern.Kind.BUDDY_MIRROR;
      case UNRECOGNIZED -> throw new MalformedFrameException("stripe pattern kind");
    };
  }

  private static <T> T pick(T[] values, int ordinal) throws MalformedFrameException {
    if (ordinal < 0 || ordinal >= values.length) {
      throw new MalformedFrameException(values[0].getClass().getSimpleName() + " " + ordinal);
    }
    return values[ordinal];
  }

  private static <T> T checked(Decoding<T> decoding) throws MalformedFrameException {
    try {
      return decoding.run();
    } catch (IllegalArgumentException e) {
      throw new MalformedFrameException(String.valueOf(e.getMessage()));
    }
  }
}
