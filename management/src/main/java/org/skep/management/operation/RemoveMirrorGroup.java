package org.skep.management.operation;

import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.management.state.Command;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Empty;
import org.skep.wire.message.RemoveMirrorGroupRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An administrator removes a buddy group of storage, where whether it still holds data is looked
/// at by who asks, or takes the secondary off a metadata shard.
public final class RemoveMirrorGroup implements Handler<RemoveMirrorGroupRequest, Empty> {
  private static final Logger LOGGER = LoggerFactory.getLogger(RemoveMirrorGroup.class);

  private final Desk desk;

  public RemoveMirrorGroup(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<Empty> handle(RemoveMirrorGroupRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    Command.RemoveGroup command;
    try {
      Ids.check("group", request.getGroupId());
      command = new Command.RemoveGroup(MapCodec.of(request.getKind()), request.getGroupId());
    } catch (MalformedFrameException | IllegalArgumentException e) {
      return Outcome.refused(Failure.malformed("removal of a buddy group: " + e.getMessage()));
    }
    Failure failure = desk.submit(command);
    if (failure != null) {
      return Outcome.refused(failure);
    }
    LOGGER
        .atWarn()
        .addKeyValue("kind", command.kind().label())
        .addKeyValue("group", command.groupId())
        .log(
            command.kind() == NodeKind.METADATA
                ? "the secondary of a metadata shard was taken off"
                : "buddy group removed");
    return Outcome.done(Empty.getDefaultInstance());
  }
}
