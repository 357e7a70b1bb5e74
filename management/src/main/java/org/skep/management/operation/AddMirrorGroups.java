package org.skep.management.operation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.skep.cluster.NodeKind;
import org.skep.management.machine.ClusterLog;
import org.skep.management.state.ClusterState;
import org.skep.management.state.Command;
import org.skep.management.state.CommandLimits;
import org.skep.management.state.Result;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.AddMirrorGroupsReply;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.NewGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An administrator makes buddy groups, or gives metadata shards their secondaries; all or none.
/// What can't be is refused before anything is asked of a shard.
public final class AddMirrorGroups
    implements Handler<AddMirrorGroupsRequest, AddMirrorGroupsReply> {
  private static final Logger LOGGER = LoggerFactory.getLogger(AddMirrorGroups.class);

  private final Desk desk;
  // so that nobody undoes the retirement that another request relies on
  private final ReentrantLock metadata = new ReentrantLock();

  public AddMirrorGroups(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<AddMirrorGroupsReply> handle(AddMirrorGroupsRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    Command.AddGroups command;
    try {
      command = command(request);
    } catch (MalformedFrameException | IllegalArgumentException e) {
      return Outcome.refused(Failure.malformed("new buddy groups: " + e.getMessage()));
    }
    return command.kind() == NodeKind.METADATA ? addMetadata(command) : add(command);
  }

  private Outcome<AddMirrorGroupsReply> add(Command.AddGroups command) {
    return switch (desk.log().submit(command)) {
      case ClusterLog.Answer.Undecided(Failure failure) -> Outcome.refused(failure);
      case ClusterLog.Answer.Decided(Result result) -> answer(command, result);
    };
  }

  private Outcome<AddMirrorGroupsReply> addMetadata(Command.AddGroups wanted) {
    if (!metadata.tryLock()) {
      return Outcome.refused(Failure.retry("metadata groups are being added at this moment"));
    }
    try {
      ClusterState state = desk.machine().state();
      Command.AddGroups command = Retirement.named(state.map(), wanted);
      if (state.apply(command).result() instanceof Result.Rejected(int errno, String reason)) {
        return Outcome.refused(Failure.errno(errno, reason));
      }
      Retirement retirement = new Retirement(desk);
      Failure failure = retirement.carryOut(state.map(), command);
      if (failure != null) {
        retirement.undo();
        return Outcome.refused(failure);
      }
      ClusterLog.Answer submitted = desk.log().submit(command);
      if (submitted instanceof ClusterLog.Answer.Decided(Result.Rejected _)) {
        retirement.undo();
      }
      return switch (submitted) {
        case ClusterLog.Answer.Undecided(Failure undecided) -> Outcome.refused(undecided);
        case ClusterLog.Answer.Decided(Result result) -> answer(command, result);
      };
    } finally {
      metadata.unlock();
    }
  }

  private static Command.AddGroups command(AddMirrorGroupsRequest request)
      throws MalformedFrameException {
    if (request.getGroupsCount() > CommandLimits.CHANGES_MAX) {
      throw new MalformedFrameException(request.getGroupsCount() + " of them");
    }
    List<Command.NewGroup> groups = new ArrayList<>();
    for (NewGroup group : request.getGroupsList()) {
      groups.add(
          new Command.NewGroup(group.getGroupId(), group.getPrimary(), group.getSecondary()));
    }
    return new Command.AddGroups(MapCodec.of(request.getKind()), groups);
  }

  private static Outcome<AddMirrorGroupsReply> answer(Command.AddGroups command, Result result) {
    return switch (result) {
      case Result.GroupsAdded(List<Integer> groupIds) -> {
        LOGGER
            .atInfo()
            .addKeyValue("kind", command.kind().label())
            .addKeyValue("groups", groupIds)
            .addKeyValue("members", command.groups())
            .log("buddy groups added");
        yield Outcome.done(AddMirrorGroupsReply.newBuilder().addAllGroupIds(groupIds).build());
      }
      case Result.Rejected(int errno, String reason) ->
          Outcome.refused(Failure.errno(errno, reason));
      case Result.Done(), Result.Registered _ ->
          throw new IllegalStateException("new buddy groups without ids");
    };
  }
}
