package org.skep.management.operation;

import java.util.List;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.linux.Errno;
import org.skep.management.state.CommandLimits;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.TargetReport;

/// A server is alive. Goes into memory only; what follows from it is decided by the watch over all
/// heartbeats.
public final class Heartbeat implements Handler<HeartbeatRequest, HeartbeatReply> {
  private final Desk desk;

  public Heartbeat(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<HeartbeatReply> handle(HeartbeatRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    List<TargetReport> reports = request.getReportsList();
    if (reports.size() > CommandLimits.CLAIMS_MAX || request.getMapVersion() < 0) {
      return Outcome.refused(
          Failure.malformed(
              "a heartbeat with "
                  + reports.size()
                  + " reports and map version "
                  + Long.toUnsignedString(request.getMapVersion())));
    }
    ClusterMap map = desk.machine().map();
    KnownNode known =
        KnownNode.of(map, request.getKind(), request.getNodeId(), request.getIncarnation());
    return switch (known) {
      case KnownNode.Refused(Failure failure) -> Outcome.refused(failure);
      case KnownNode.Present(Node node) -> heard(request, map, node);
    };
  }

  private Outcome<HeartbeatReply> heard(HeartbeatRequest request, ClusterMap map, Node node) {
    if (!desk.heartbeats().heard(map, node, request.getReportsList(), desk.now())) {
      return Outcome.refused(
          Failure.errno(Errno.ESHUTDOWN.number(), "this process has said that it leaves"));
    }
    HeartbeatReply.Builder reply =
        HeartbeatReply.newBuilder()
            .setIntervalMillis((int) (desk.heartbeats().intervalNanos() / 1_000_000));
    if (desk.machine().map().version() > request.getMapVersion()) {
      reply.setMap(desk.machine().mapMessage());
    }
    return Outcome.done(reply.build());
  }
}
