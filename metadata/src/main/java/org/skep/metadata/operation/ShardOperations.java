package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.session.Sessions;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.state.ShardEndedException;
import org.skep.metadata.transaction.Coordinator;
import org.skep.metadata.transaction.Participant;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;

/// The door of a shard: finds the operation, keeps the client's session alive, gives the kept reply
/// to a repetition, turns failures into answers. Any thread may call it.
public final class ShardOperations {

  /// Operations that need space, refused while the disk is nearly full; the others must go on, as
  /// they may free some.
  private static final Set<Operation<?, ?>> GROWING =
      Set.of(
          Operations.MAKE_NODE,
          Operations.MAKE_DIRECTORY,
          Operations.CREATE,
          Operations.CREATE_UNNAMED,
          Operations.LINK,
          Operations.SET_XATTR);

  private final Shard shard;
  private final Sessions sessions;
  private final BooleanSupplier full;
  private final Map<Operation<?, ?>, ShardOperation<?, ?>> operations = new HashMap<>();

  /// @param full whether the target's disk is so full that nothing new may be made
  public ShardOperations(
      Shard shard,
      Placement placement,
      Truncations truncations,
      Coordinator coordinator,
      Participant participant,
      BooleanSupplier full,
      HeldLocks locks,
      Sessions sessions) {
    this.shard = shard;
    this.sessions = sessions;
    this.full = full;
    NewFile files = new NewFile(shard, placement);
    FileOpening opening = new FileOpening(shard, truncations);
    WrittenData data = new WrittenData(shard, truncations);
    add(Operations.RENEW_SESSION, new RenewSession(sessions));
    add(Operations.END_SESSION, new EndSession(sessions));
    add(Operations.LOOKUP, new Lookup(shard));
    add(Operations.GET_ATTRIBUTES, new GetAttributes(shard));
    add(Operations.READ_LINK, new ReadLink(shard));
    add(Operations.READ_DIRECTORY, new ReadDirectory(shard));
    add(Operations.MAKE_NODE, new MakeNode(shard, files));
    add(Operations.CREATE, new Create(shard, files, opening));
    add(Operations.CREATE_UNNAMED, new CreateUnnamed(shard, files));
    add(Operations.SET_ATTRIBUTES, new SetAttributes(shard, truncations));
    add(Operations.OPEN, new Open(shard, opening));
    add(Operations.UPDATE_WRITTEN, new UpdateWritten(shard, data));
    add(Operations.CLOSE, new Close(shard, data, locks));
    add(Operations.RESERVE_APPEND, new ReserveAppend(shard, data));
    add(Operations.SYNC_METADATA, new SyncMetadata(shard));
    add(Operations.GET_XATTR, new GetXattr(shard));
    add(Operations.LIST_XATTRS, new ListXattrs(shard));
    add(Operations.SET_XATTR, new SetXattr(shard));
    add(Operations.REMOVE_XATTR, new RemoveXattr(shard));
    add(Operations.GET_PATTERN, new GetPattern(shard));
    add(Operations.SET_PATTERN, new SetPattern(shard));
    add(Operations.GET_LOCK, new GetLock(shard, locks));
    add(Operations.SET_LOCK, new SetLock(shard, locks));
    add(Operations.CANCEL_LOCK, new CancelLock(shard, locks));
    add(Operations.RELEASE_LOCKS, new ReleaseLocks(shard, locks));
    add(Operations.MAKE_DIRECTORY, new MakeDirectory(shard, placement, coordinator));
    add(Operations.UNLINK, new Unlink(shard, coordinator));
    add(Operations.REMOVE_DIRECTORY, new RemoveDirectory(shard, coordinator));
    add(Operations.LINK, new Link(shard, coordinator));
    add(Operations.RENAME, new Rename(shard, coordinator));
    addTransactions(coordinator, participant);
    add(Operations.INODES_EXIST, new InodesExist(shard));
  }

  /// What servers ask each other; the classes of `transaction` do the work.
  private void addTransactions(Coordinator coordinator, Participant participant) {
    add(Operations.LOCK_INODES, (request, call) -> participant.lock(request));
    add(Operations.PREPARE, (request, call) -> participant.prepare(request));
    add(
        Operations.COMMIT,
        (request, call) -> {
          participant.commit(request.getTransaction());
          if (request.getDurable()) {
            long _ = shard.sync();
          }
          return Empty.getDefaultInstance();
        });
    add(
        Operations.ABORT,
        (request, call) -> {
          participant.abort(request.getTransaction());
          return Empty.getDefaultInstance();
        });
    add(Operations.OUTCOME, (request, call) -> coordinator.outcome(request.getTransaction()));
  }

  /// Adds an operation. Before the first request.
  public <Q extends MessageLite, R extends MessageLite> void add(
      Operation<Q, R> operation, ShardOperation<Q, R> serves) {
    if (operations.put(operation, serves) != null) {
      throw new IllegalStateException(operation.name() + " is there twice");
    }
  }

  private <R extends MessageLite> Outcome<R> done(R reply, Call call) {
    return new Outcome.Done<>(reply, null, call.isNumbered() ? shard.latestBatch() : 0);
  }

  /// Serves a request. No answer leaves, not even that of a read or a refusal, before the secondary
  /// has everything that the operation may have seen: one failure must not take it back. That is
  /// all there is, unless the operation says better.
  public <Q extends MessageLite, R extends MessageLite> Outcome<R> handle(
      Operation<Q, R> operation, Q request, Call call) {
    Outcome<R> outcome = run(operation, request, call);
    try {
      long[] seen = call.isNumbered() ? null : seen(operation, request, outcome);
      if (seen == null) {
        shard.awaitAcknowledged();
      } else {
        shard.awaitAcknowledgedOf(seen);
      }
      return outcome;
    } catch (DiskException e) {
      return refused(e);
    }
  }

  private <Q extends MessageLite, R extends MessageLite> long @Nullable [] seen(
      Operation<Q, R> operation, Q request, Outcome<R> outcome) {
    ShardOperation<Q, R> serves = find(operation);
    R reply = outcome instanceof Outcome.Done<R> done ? done.reply() : null;
    return serves == null ? null : serves.seen(request, reply);
  }

  @SuppressWarnings("unchecked") // add() put it there with these types
  private <Q extends MessageLite, R extends MessageLite> @Nullable ShardOperation<Q, R> find(
      Operation<Q, R> operation) {
    return (ShardOperation<Q, R>) operations.get(operation);
  }

  private <R extends MessageLite> Outcome<R> refused(DiskException e) {
    boolean elsewhere = e instanceof ShardEndedException || (shard.isBroken() && shard.isPair());
    String detail = String.valueOf(e.getMessage());
    return Outcome.refused(elsewhere ? Failure.retry(detail) : Failure.errno(e.errno(), detail));
  }

  private <Q extends MessageLite, R extends MessageLite> Outcome<R> run(
      Operation<Q, R> operation, Q request, Call call) {
    ShardOperation<Q, R> serves = find(operation);
    if (serves == null) {
      return Outcome.refused(Failure.malformed(operation.name() + " is not served"));
    }
    try {
      shard.checkWorking();
      shard.awaitStarted();
      if (call.client() != Call.NO_CLIENT && !operation.equals(Operations.END_SESSION)) {
        sessions.touch(call.client());
      }
      ByteString kept = shard.replies().find(call);
      if (kept != null) {
        return done(operation.replyParser().parseFrom(kept), call);
      }
      if (GROWING.contains(operation) && full.getAsBoolean()) {
        throw new RefusedException(Errno.ENOSPC, "metadata target of shard " + shard.id());
      }
      return done(serves.run(request, call), call);
    } catch (RefusedException e) {
      return Outcome.refused(e.failure());
    } catch (DiskException e) {
      return refused(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused(Failure.retry("shard " + shard.id() + " stops"));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("damaged reply in the store", e);
    }
  }
}
