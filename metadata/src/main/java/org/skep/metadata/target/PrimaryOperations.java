package org.skep.metadata.target;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.Set;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.metadata.resync.ResyncJob;
import org.skep.metadata.state.RefusedException;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.RetireShardReply;
import org.skep.wire.message.RetireShardRequest;
import org.skep.wire.message.StartShardResyncReply;
import org.skep.wire.message.StartShardResyncRequest;

/// What a shard's primary is asked about itself: its resync, and whether it can be given up.
final class PrimaryOperations {
  private static final Set<Operation<?, ?>> SERVED =
      Set.of(Operations.START_SHARD_RESYNC, Operations.SHARD_RESYNC_STATS, Operations.RETIRE_SHARD);

  private PrimaryOperations() {}

  static boolean serves(Operation<?, ?> operation) {
    return SERVED.contains(operation);
  }

  static <Q extends MessageLite, R extends MessageLite> Outcome<R> serve(
      MetadataTarget target,
      Primacy primacy,
      long incarnation,
      Operation<Q, R> operation,
      Q request,
      Exchange exchange)
      throws RefusedException {
    try {
      return ServedTargets.as(
          switch (request) {
            case StartShardResyncRequest start -> start(target, start);
            case RetireShardRequest retire -> {
              ServedTargets.only(NodeKind.MANAGEMENT, operation, exchange);
              yield target.released(primacy, retire(target, primacy, incarnation, retire));
            }
            default -> Outcome.done(target.resync().stats());
          });
    } catch (DiskException e) {
      return Outcome.refused(Failure.errno(e.errno(), String.valueOf(e.getMessage())));
    } catch (IOException e) {
      return Outcome.refused(Failure.retry(String.valueOf(e.getMessage())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused(Failure.retry("the server stops"));
    }
  }

  private static Outcome<StartShardResyncReply> start(
      MetadataTarget target, StartShardResyncRequest request)
      throws IOException, InterruptedException {
    ResyncJob.Ordered ordered = target.resync().order(request.getRestart());
    Failure failure = ordered.failure();
    return failure == null
        ? Outcome.done(StartShardResyncReply.newBuilder().setAborted(ordered.aborted()).build())
        : Outcome.refused(failure);
  }

  private static Outcome<RetireShardReply> retire(
      MetadataTarget target, Primacy primacy, long incarnation, RetireShardRequest request)
      throws RefusedException, DiskException, InterruptedException {
    if (request.getIncarnation() != incarnation) {
      throw new RefusedException(Errno.ESTALE, "another process serves the target by now");
    }
    boolean root = target.isRoot(primacy.shard().id());
    if (request.getUndo()) {
      target.retirement().undo();
    }
    RetireShardReply reply =
        request.getLook() || request.getUndo()
            ? Retirement.look(primacy.shard().records(), root)
            : target.retirement().retire(primacy.shard().records(), root);
    primacy.shard().awaitAcknowledged();
    return Outcome.done(reply);
  }
}
