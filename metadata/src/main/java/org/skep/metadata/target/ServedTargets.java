package org.skep.metadata.target;

import com.google.protobuf.MessageLite;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.metadata.serving.ShardDoor;
import org.skep.metadata.state.RefusedException;
import org.skep.mirror.EpochGuard;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.GroupView;
import org.skep.mirror.MemberRefusal;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;

/// The targets of a process, and the way of a request to one of them. Any thread may call it.
public final class ServedTargets implements ShardDoor {
  private final EpochGuard guard;
  private final long incarnation;
  private final List<MetadataTarget> targets;

  /// @param incarnation of this process
  public ServedTargets(EpochGuard guard, long incarnation, List<MetadataTarget> targets) {
    this.guard = guard;
    this.incarnation = incarnation;
    this.targets = List.copyOf(targets);
  }

  public List<MetadataTarget> targets() {
    return targets;
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Outcome<R> serve(
      Operation<Q, R> operation, Q request, Exchange exchange) {
    FrameHeader header = exchange.header();
    Failure failure = guard.check(header, exchange.role());
    if (failure != null) {
      return Outcome.refused(failure);
    }
    boolean forwarded = (header.flags() & FrameHeader.FLAG_FORWARDED) != 0;
    MetadataTarget target = find(header.destination(), forwarded);
    if (target == null) {
      return Outcome.refused(
          Failure.retry("metadata shard " + header.destination() + " is not yet known here"));
    }
    try {
      return forwarded || SecondaryOperations.serves(operation)
          ? SecondaryOperations.serve(target, operation, request, exchange)
          : lead(target, operation, request, exchange);
    } catch (MemberRefusal e) {
      return Outcome.refused(e.failure());
    } catch (RefusedException e) {
      return Outcome.refused(e.failure());
    }
  }

  private @Nullable MetadataTarget find(int shard, boolean forwarded) {
    MetadataTarget other = null;
    for (MetadataTarget target : targets) {
      GroupView view = target.member().view();
      if (view.groupId() == shard) {
        if (view.role().isSecondary() == forwarded) {
          return target;
        }
        other = target;
      }
    }
    return other;
  }

  private <Q extends MessageLite, R extends MessageLite> Outcome<R> lead(
      MetadataTarget target, Operation<Q, R> operation, Q request, Exchange exchange)
      throws MemberRefusal, RefusedException {
    GroupMember member = target.member();
    GroupView view = member.admit(exchange.header(), exchange.client(), Access.READ);
    Primacy primacy = target.primacy();
    if (primacy == null || primacy.shard().id() != view.groupId()) {
      throw new RefusedException(Failure.retry(view.text() + " is on its way to another epoch"));
    }
    if (PrimaryOperations.serves(operation)) {
      return PrimaryOperations.serve(target, primacy, incarnation, operation, request, exchange);
    }
    target.retirement().begin(operation);
    try {
      return target.released(
          primacy,
          primacy
              .host()
              .operations()
              .handle(operation, request, ShardDoor.call(operation, exchange)));
    } finally {
      target.retirement().end(operation);
    }
  }

  /// Whether only a server of that kind may ask.
  static void only(NodeKind kind, Operation<?, ?> operation, Exchange exchange)
      throws RefusedException {
    if (exchange.role() != kind) {
      throw new RefusedException(
          Errno.EPERM, operation.name() + " is for " + kind.label() + " only");
    }
  }

  /// As the operation's reply, which it is by the table of [Operations].
  @SuppressWarnings("unchecked")
  static <R extends MessageLite> Outcome<R> as(Outcome<? extends MessageLite> outcome) {
    return (Outcome<R>) outcome;
  }
}
