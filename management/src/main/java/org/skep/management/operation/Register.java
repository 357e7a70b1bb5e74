package org.skep.management.operation;

import java.util.ArrayList;
import java.util.List;
import org.skep.management.machine.ClusterLog;
import org.skep.management.machine.RecordCodec;
import org.skep.management.state.Command;
import org.skep.management.state.CommandLimits;
import org.skep.management.state.Result;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.message.Kind;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.TargetClaim;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server introduces itself: a command in the log, answered with its ids.
public final class Register implements Handler<RegisterRequest, RegisterReply> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Register.class);

  private final Desk desk;

  public Register(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<RegisterReply> handle(RegisterRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    Command.RegisterNode command;
    try {
      command = command(request);
    } catch (MalformedFrameException | IllegalArgumentException e) {
      return Outcome.refused(Failure.malformed("registration: " + e.getMessage()));
    }
    return switch (desk.log().submit(command)) {
      case ClusterLog.Answer.Undecided(Failure failure) -> Outcome.refused(failure);
      case ClusterLog.Answer.Decided(Result result) -> answer(command, result);
    };
  }

  private static Command.RegisterNode command(RegisterRequest request)
      throws MalformedFrameException {
    if (request.getNode().getKind() != Kind.METADATA
        && request.getNode().getKind() != Kind.STORAGE) {
      throw new MalformedFrameException("only metadata and storage servers register");
    }
    if (request.getTargetsCount() > CommandLimits.CLAIMS_MAX) {
      throw new MalformedFrameException(request.getTargetsCount() + " targets");
    }
    if (request.getNode().getEndpointsCount() == 0) {
      throw new MalformedFrameException("a server without an endpoint");
    }
    List<Command.Claim> claims = new ArrayList<>();
    for (TargetClaim claim : request.getTargetsList()) {
      claims.add(
          new Command.Claim(
              claim.getTargetId(),
              claim.getUuid(),
              claim.getStoragePoolId(),
              claim.getUnsure(),
              claim.getKeptSpare()));
    }
    return RecordCodec.register(request.getNode(), claims, request.getClusterId());
  }

  private Outcome<RegisterReply> answer(Command.RegisterNode command, Result result) {
    return switch (result) {
      case Result.Registered(int nodeId, List<Integer> targetIds) -> {
        desk.heartbeats()
            .registered(command.kind(), nodeId, command.incarnation(), targetIds, desk.now());
        LOGGER
            .atInfo()
            .addKeyValue("kind", command.kind().label())
            .addKeyValue("node", nodeId)
            .addKeyValue("name", command.name())
            .addKeyValue("targets", targetIds)
            .log("registered");
        yield Outcome.done(
            RegisterReply.newBuilder()
                .setClusterId(desk.machine().map().clusterId())
                .setNodeId(nodeId)
                .addAllTargetIds(targetIds)
                .setMap(desk.machine().mapMessage())
                .build());
      }
      case Result.Rejected(int errno, String reason) -> {
        LOGGER
            .atWarn()
            .addKeyValue("kind", command.kind().label())
            .addKeyValue("name", command.name())
            .addKeyValue("reason", reason)
            .log("registration refused");
        yield Outcome.refused(Failure.errno(errno, reason));
      }
      case Result.Done(), Result.GroupsAdded _ ->
          throw new IllegalStateException("a registration without ids");
    };
  }
}
