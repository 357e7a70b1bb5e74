package org.skep.management.operation;

import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import org.skep.management.heartbeat.CapacityLimits;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.TargetStatus;

/// What management knows beyond the map: space, counters, pools and clients.
public final class Status implements Handler<StatusRequest, StatusReply> {
  private final Desk desk;

  public Status(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<StatusReply> handle(StatusRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    long now = desk.now();
    ClusterMap map = desk.machine().map();
    StatusReply.Builder reply = StatusReply.newBuilder().setMap(MapCodec.message(map));
    for (Target target : map.targets()) {
      Heartbeats.Sign sign = desk.heartbeats().sign(map, target);
      if (sign != null) {
        reply.addTargets(status(target, sign, now));
      }
    }
    return Outcome.done(reply.addAllClients(desk.clients().list(now)).build());
  }

  private TargetStatus status(Target target, Heartbeats.Sign sign, long now) {
    TargetStatus.Builder status =
        TargetStatus.newBuilder()
            .setKind(MapCodec.message(target.kind()))
            .setHeardMillisAgo(Math.max(0, now - sign.heardNanos()) / 1_000_000);
    TargetReport report = sign.report();
    if (report == null) {
      return status.setReport(TargetReport.newBuilder().setTargetId(target.id())).build();
    }
    if (report.hasSpace()) {
      CapacityLimits limits =
          target.kind() == NodeKind.METADATA ? desk.metadataLimits() : desk.storageLimits();
      status.setCapacityPool(limits.poolOf(report.getSpace()).ordinal());
    }
    return status.setReport(report).build();
  }
}
