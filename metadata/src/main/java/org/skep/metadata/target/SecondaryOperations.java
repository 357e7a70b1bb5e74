package org.skep.metadata.target;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.skep.linux.Errno;
import org.skep.metadata.replication.Appended;
import org.skep.metadata.replication.ContentCopy;
import org.skep.metadata.replication.LoggedBatch;
import org.skep.metadata.replication.ShardReplica;
import org.skep.metadata.replication.TableKey;
import org.skep.metadata.resync.ReplicaMessages;
import org.skep.metadata.state.RefusedException;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.AppendBatchesReply;
import org.skep.wire.message.AppendBatchesRequest;
import org.skep.wire.message.ConfirmRequest;
import org.skep.wire.message.CopyRangeRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.LoggedBatchMessage;
import org.skep.wire.message.RangeDigestReply;
import org.skep.wire.message.RangeDigestRequest;
import org.skep.wire.message.ResyncShardBeginReply;
import org.skep.wire.message.ResyncShardBeginRequest;
import org.skep.wire.message.ResyncShardEndRequest;
import org.skep.wire.message.TableRange;
import org.skep.wire.message.UndoTailReply;
import org.skep.wire.message.UndoTailRequest;

/// What a secondary does for its primary. Each request holds a turn of the member, so that a next
/// term finds the store at rest.
final class SecondaryOperations {
  private static final int APPEND_BATCHES_MAX = 100_000;
  private static final int UNDO_KEYS_MAX = 10_000;

  private static final Set<Operation<?, ?>> SERVED =
      Set.of(
          Operations.APPEND_BATCHES,
          Operations.RESYNC_SHARD_BEGIN,
          Operations.UNDO_TAIL,
          Operations.COPY_RANGE,
          Operations.RANGE_DIGEST,
          Operations.RESYNC_SHARD_END,
          Operations.CONFIRM_SHARD);

  private SecondaryOperations() {}

  static boolean serves(Operation<?, ?> operation) {
    return SERVED.contains(operation);
  }

  static <Q extends MessageLite, R extends MessageLite> Outcome<R> serve(
      MetadataTarget target, Operation<Q, R> operation, Q request, Exchange exchange)
      throws MemberRefusal, RefusedException {
    if (!serves(operation)) {
      return Outcome.refused(Failure.malformed(operation.name() + " is never forwarded"));
    }
    Access access = operation.equals(Operations.CONFIRM_SHARD) ? Access.CONFIRM : Access.RESYNC;
    try (Turn turn = target.member().enter(exchange.header(), exchange.client(), access)) {
      ShardReplica replica = target.secondary().replica();
      if (replica == null) {
        throw new RefusedException(Failure.retry(turn.view().text() + ": not a secondary yet"));
      }
      return serve(target, replica, request);
    } catch (IOException e) {
      return Outcome.refused(Failure.errno(Errno.EIO.number(), String.valueOf(e.getMessage())));
    }
  }

  private static <R extends MessageLite> Outcome<R> serve(
      MetadataTarget target, ShardReplica replica, MessageLite request)
      throws IOException, RefusedException {
    try {
      return ServedTargets.as(answer(target, replica, request));
    } catch (DiskException e) {
      return Outcome.refused(target.replicaFailed(replica, e));
    }
  }

  private static Outcome<? extends MessageLite> answer(
      MetadataTarget target, ShardReplica replica, MessageLite request)
      throws IOException, RefusedException {
    return switch (request) {
      case AppendBatchesRequest append -> append(replica, append);
      case ConfirmRequest _ -> Outcome.done(Empty.getDefaultInstance());
      case ResyncShardBeginRequest begin -> begin(target, begin);
      case UndoTailRequest undo -> undo(replica, undo);
      case RangeDigestRequest digests -> digests(replica, digests);
      case CopyRangeRequest copy -> {
        if (copy.getEntriesCount() > ContentCopy.KEYS_MAX) {
          throw tooMany("entries", copy.getEntriesCount());
        }
        replica.copy(
            ReplicaMessages.range(copy.getRange()), ReplicaMessages.entries(copy.getEntriesList()));
        yield Outcome.done(Empty.getDefaultInstance());
      }
      case ResyncShardEndRequest end -> end(target, replica, end);
      default -> throw new IllegalStateException("no operation of a secondary");
    };
  }

  private static RefusedException tooMany(String what, int count) {
    return new RefusedException(Failure.malformed(count + " " + what + " at once"));
  }

  private static Outcome<AppendBatchesReply> append(
      ShardReplica replica, AppendBatchesRequest request) throws DiskException, RefusedException {
    if (request.getBatchesCount() > APPEND_BATCHES_MAX) {
      throw tooMany("batches", request.getBatchesCount());
    }
    List<LoggedBatch> batches = new ArrayList<>(request.getBatchesCount());
    for (LoggedBatchMessage batch : request.getBatchesList()) {
      batches.add(new LoggedBatch(batch.getNumber(), batch.getBatch().toByteArray()));
    }
    Appended appended = replica.append(request.getPrevious(), batches, request.getSync());
    return Outcome.done(
        AppendBatchesReply.newBuilder()
            .setLast(appended.last())
            .setRefused(appended.refused())
            .build());
  }

  /// The store may have to be opened anew first, after its disk has failed.
  private static Outcome<ResyncShardBeginReply> begin(
      MetadataTarget target, ResyncShardBeginRequest request) throws IOException {
    ShardReplica replica = target.secondary().freshReplica();
    target.secondary().resyncBegun();
    ResyncShardBeginReply reply =
        ResyncShardBeginReply.newBuilder()
            .setShard(replica.shard())
            .setLast(replica.last())
            .setLives(ByteString.copyFrom(replica.lives()))
            .setCopying(replica.isCopying())
            .setUnsure(target.life().unsure())
            .build();
    if (request.getCopy()) {
      replica.beginCopy();
    }
    return Outcome.done(reply);
  }

  private static Outcome<UndoTailReply> undo(ShardReplica replica, UndoTailRequest request)
      throws DiskException, RefusedException {
    if (request.getPresentCount() > UNDO_KEYS_MAX) {
      throw tooMany("keys", request.getPresentCount());
    }
    if (request.getPresentCount() > 0 || request.getFinish()) {
      replica.undo(
          request.getCommon(),
          ReplicaMessages.entries(request.getPresentList()),
          request.getFinish());
      return Outcome.done(UndoTailReply.getDefaultInstance());
    }
    List<TableKey> keys = replica.tail(request.getCommon());
    UndoTailReply.Builder reply = UndoTailReply.newBuilder();
    if (keys == null) {
      reply.setTooMuch(true);
    } else {
      keys.forEach(key -> reply.addKeys(ReplicaMessages.message(key)));
    }
    return Outcome.done(reply.build());
  }

  private static Outcome<RangeDigestReply> digests(ShardReplica replica, RangeDigestRequest request)
      throws DiskException, RefusedException {
    if (request.getRangesCount() > ContentCopy.RANGES_MAX) {
      throw tooMany("ranges", request.getRangesCount());
    }
    RangeDigestReply.Builder reply = RangeDigestReply.newBuilder();
    for (TableRange range : request.getRangesList()) {
      reply.addDigests(ReplicaMessages.message(replica.digest(ReplicaMessages.range(range))));
    }
    return Outcome.done(reply.build());
  }

  private static Outcome<Empty> end(
      MetadataTarget target, ShardReplica replica, ResyncShardEndRequest request)
      throws IOException, RefusedException {
    if (request.getCopied()) {
      replica.endCopy(request.getLast());
    } else {
      replica.finish();
      target.secondary().resyncEnded();
    }
    return Outcome.done(Empty.getDefaultInstance());
  }
}
