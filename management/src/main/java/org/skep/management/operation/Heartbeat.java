package org.skep.management.operation;

import java.util.List;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.linux.Errno;
import org.skep.management.heartbeat.Hearing;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.Occurrence;
import org.skep.management.state.CommandLimits;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.TargetReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server is alive. Goes into memory only, and what follows from its silence is decided by the
/// watch over all heartbeats; but what the reports say of buddy groups is submitted here. The
/// answer gives the lease.
public final class Heartbeat implements Handler<HeartbeatRequest, HeartbeatReply> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Heartbeat.class);

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
      case KnownNode.Present(Node node) -> heard(request, node);
    };
  }

  private Outcome<HeartbeatReply> heard(HeartbeatRequest request, Node node) {
    Hearing hearing =
        desk.heartbeats()
            .heard(
                desk.machine()::map,
                node,
                request.getMapVersion(),
                request.getReportsList(),
                desk.now());
    return switch (hearing) {
      case Hearing.Left() ->
          Outcome.refused(
              Failure.errno(Errno.ESHUTDOWN.number(), "this process has said that it leaves"));
      case Hearing.Replaced() ->
          Outcome.refused(
              Failure.errno(Errno.ESTALE.number(), "another process has just been registered"));
      case Hearing.Taken taken -> taken(request, taken);
    };
  }

  private Outcome<HeartbeatReply> taken(HeartbeatRequest request, Hearing.Taken taken) {
    submit(taken.occurrences());
    Heartbeats heartbeats = desk.heartbeats();
    HeartbeatReply.Builder reply =
        HeartbeatReply.newBuilder()
            .setIntervalMillis((int) (heartbeats.intervalNanos(taken.soon()) / 1_000_000))
            .setLeaseMillis((int) (heartbeats.leaseNanos() / 1_000_000))
            .addAllSuspendedTargets(taken.suspended());
    if (desk.machine().map().version() > request.getMapVersion()) {
      reply.setMap(desk.machine().mapMessage());
    }
    return Outcome.done(reply.build());
  }

  private void submit(List<Occurrence> occurrences) {
    if (occurrences.isEmpty()) {
      return;
    }
    Failure failure = desk.submit(new GroupEvents(occurrences));
    if (failure != null) {
      desk.heartbeats().undecided(desk.machine().map(), occurrences);
      LOGGER
          .atWarn()
          .addKeyValue("events", occurrences)
          .addKeyValue("reason", failure.detail())
          .log("events of buddy groups not taken");
    }
  }
}
