package org.skep.storage.operation;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.chunk.ChunkStatus;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.FrameHeader;
import org.skep.wire.message.ChunkState;

/// The frame of every operation: finds the target, or the member of the group, and turns failures
/// of its disk into answers.
abstract class ChunkOperation<Q extends MessageLite, R extends MessageLite>
    implements Handler<Q, R> {
  private final ServedTargets targets;
  private final Access access;

  /// @param access what a request to a group needs
  ChunkOperation(ServedTargets targets, Access access) {
    this.targets = targets;
    this.access = access;
  }

  @Override
  public final Outcome<R> handle(Q request, Exchange exchange) {
    FrameHeader header = exchange.header();
    try {
      return (header.flags() & FrameHeader.FLAG_GROUP) == 0
          ? plain(request, targets.find(header, exchange.role()), exchange)
          : mirrored(request, targets.findMember(header, exchange.role()), exchange);
    } catch (RefusedException e) {
      return Outcome.refused(e.failure());
    } catch (MemberRefusal e) {
      return Outcome.refused(e.failure());
    }
  }

  private Outcome<R> plain(Q request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    try {
      return serve(request, target, exchange);
    } catch (IOException e) {
      return Outcome.refused(target.failure(e));
    }
  }

  private Outcome<R> mirrored(Q request, StorageTarget target, Exchange exchange)
      throws RefusedException, MemberRefusal {
    StorageTarget.Membership membership = target.member();
    try (Turn turn = membership.member().enter(exchange.header(), exchange.client(), access)) {
      return serve(request, new Mirrored(target, turn, membership), exchange);
    } catch (IOException e) {
      return Outcome.refused(target.failure(e));
    }
  }

  /// Checks the request's values, and does it at a target.
  abstract Outcome<R> serve(Q request, StorageTarget target, Exchange exchange)
      throws IOException, RefusedException;

  /// Checks the request's values, and does it as a member of a group.
  abstract Outcome<R> serve(Q request, Mirrored group, Exchange exchange)
      throws IOException, RefusedException, MemberRefusal;

  static Outcome<ChunkState> done(ChunkStatus status) {
    return Outcome.done(
        ChunkState.newBuilder()
            .setLength(status.lengthBytes())
            .setAllocatedBytes(status.allocatedBytes())
            .setDurability(status.durability())
            .build());
  }

  static MemberRefusal refusal(RefusedException e) {
    return new MemberRefusal(e.failure());
  }
}
