package org.skep.storage.operation;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.range.MemberRequests;
import org.skep.mirror.range.Range;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkKey;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Operation;
import org.skep.wire.message.ChunkState;

/// An operation that changes one chunk file and has no bulk payload.
abstract class ChunkChange<Q extends MessageLite> extends ChunkOperation<Q, ChunkState> {
  private final Operation<Q, ChunkState> operation;

  ChunkChange(ServedTargets targets, Operation<Q, ChunkState> operation) {
    super(targets, Access.CHANGE);
    this.operation = operation;
  }

  /// What is done with the chunk file.
  interface Step {
    ChunkStatus apply(ChunkStore chunks) throws IOException;
  }

  /// A checked request.
  ///
  /// @param locked what no other request may touch meanwhile, in a group
  /// @param changed what may be different afterwards
  record Plan(ChunkKey key, Range locked, Range changed, Step step) {}

  /// Checks the request's values.
  abstract Plan plan(Q request) throws RefusedException;

  /// Asked at a group before the change takes effect anywhere, with the range locked.
  ///
  /// @param forwarded the primary has decided already
  void checkFirst(Q request, Plan plan, boolean forwarded) throws RefusedException {}

  @Override
  Outcome<ChunkState> serve(Q request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException {
    Plan plan = plan(request);
    target.countOther();
    return done(plan.step.apply(target.chunks()));
  }

  @Override
  final Outcome<ChunkState> serve(Q request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal {
    Plan plan = plan(request);
    group.target().countOther();
    MemberRequests.Change<Q, ChunkState> change =
        new MemberRequests.Change<>(
            Mirrored.item(plan.key),
            plan.locked,
            plan.changed,
            () -> precondition(request, plan, group),
            ForwardedRequest.of(operation, request));
    return Outcome.done(
        group
            .requests()
            .change(
                group.turn(), change, () -> group.state(plan.step.apply(group.chunks())), null));
  }

  private void precondition(Q request, Plan plan, Mirrored group) throws MemberRefusal {
    try {
      checkFirst(request, plan, group.turn().forwarded());
    } catch (RefusedException e) {
      throw refusal(e);
    }
  }
}
