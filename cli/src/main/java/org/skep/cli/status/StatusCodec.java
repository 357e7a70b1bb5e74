package org.skep.cli.status;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.skep.cluster.CapacityPool;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.TargetStatus;

/// From management's answer to the value.
final class StatusCodec {
  private StatusCodec() {}

  /// @throws MalformedFrameException naming what cannot be
  static ClusterStatus of(StatusReply reply) throws MalformedFrameException {
    Map<ClusterStatus.Key, ClusterStatus.Report> reports = new HashMap<>();
    for (TargetStatus status : reply.getTargetsList()) {
      NodeKind kind = MapCodec.of(status.getKind());
      reports.put(new ClusterStatus.Key(kind, status.getReport().getTargetId()), report(status));
    }
    List<Node> clients = new ArrayList<>();
    for (NodeMessage client : reply.getClientsList()) {
      clients.add(MapCodec.of(client));
    }
    return new ClusterStatus(MapCodec.of(reply.getMap()), reports, clients);
  }

  private static ClusterStatus.Report report(TargetStatus status) throws MalformedFrameException {
    CapacityPool[] pools = CapacityPool.values();
    if (status.getCapacityPool() < 0 || status.getCapacityPool() >= pools.length) {
      throw new MalformedFrameException("capacity pool " + status.getCapacityPool());
    }
    TargetReport report = status.getReport();
    return new ClusterStatus.Report(
        report.hasSpace() ? Optional.of(space(report.getSpace())) : Optional.empty(),
        pools[status.getCapacityPool()],
        report.getReadBytes(),
        report.getWrittenBytes(),
        report.getOperations(),
        status.getHeardMillisAgo(),
        report.getBuddyMisses(),
        report.getResyncing());
  }

  private static ClusterStatus.Space space(SpaceMessage space) {
    return new ClusterStatus.Space(
        space.getTotalBytes(), space.getFreeBytes(), space.getTotalInodes(), space.getFreeInodes());
  }
}
