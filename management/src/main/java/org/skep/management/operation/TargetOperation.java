package org.skep.management.operation;

import com.google.protobuf.MessageLite;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Kind;

/// The frame of what is asked of the leader about a member of a buddy group, and answered with no
/// more than that it was done.
abstract class TargetOperation<Q extends MessageLite> implements Handler<Q, Empty> {
  final Desk desk;

  TargetOperation(Desk desk) {
    this.desk = desk;
  }

  @Override
  public final Outcome<Empty> handle(Q request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    NodeKind kind;
    try {
      kind = MapCodec.of(kind(request));
    } catch (MalformedFrameException e) {
      return Outcome.refused(Failure.malformed(String.valueOf(e.getMessage())));
    }
    Failure failure = carryOut(kind, request, exchange);
    return failure == null ? Outcome.done(Empty.getDefaultInstance()) : Outcome.refused(failure);
  }

  /// The kind of the target, as the request has it.
  abstract Kind kind(Q request);

  /// @return why it was not done, or null
  abstract @Nullable Failure carryOut(NodeKind kind, Q request, Exchange exchange);
}
