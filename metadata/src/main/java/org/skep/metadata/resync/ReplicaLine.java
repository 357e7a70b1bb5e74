package org.skep.metadata.resync;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.replication.KeyRange;
import org.skep.metadata.replication.RangeDigest;
import org.skep.metadata.replication.ResyncTarget;
import org.skep.metadata.replication.StoredEntry;
import org.skep.metadata.replication.TableKey;
import org.skep.metadata.state.RefusedException;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.runtime.port.Clock;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.CopyRangeRequest;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.RangeDigestMessage;
import org.skep.wire.message.RangeDigestReply;
import org.skep.wire.message.RangeDigestRequest;
import org.skep.wire.message.ResyncShardBeginReply;
import org.skep.wire.message.ResyncShardBeginRequest;
import org.skep.wire.message.ResyncShardEndRequest;
import org.skep.wire.message.UndoTailReply;
import org.skep.wire.message.UndoTailRequest;

/// A secondary that is brought up to date, over the network. Used by one thread.
public final class ReplicaLine implements ResyncTarget {
  /// A process that hangs is dropped as soon as management calls it Offline; this is for the rest.
  private static final long ANSWER_NANOS = 10_000_000_000L;

  private static final long SYNC_NANOS = 600_000_000_000L;

  /// The secondary hears of the map in which a resync is due a little later, and may have to end
  /// what it was doing.
  private static final long ADOPT_NANOS = 10_000_000_000L;

  private static final long ADOPT_PAUSE_NANOS = 50_000_000L;

  private final GroupMember member;
  private final GroupView view;
  private final Check check;

  /// Asked before each request.
  @FunctionalInterface
  public interface Check {
    /// @throws IOException if the resync is to end, with the reason
    void goesOn() throws IOException;
  }

  /// @param view of the primary, in whose epoch the secondary is asked
  public ReplicaLine(GroupMember member, GroupView view, Check check) {
    this.member = member;
    this.view = view;
    this.check = check;
  }

  private <Q extends MessageLite, R extends MessageLite> R ask(
      Operation<Q, R> operation, Q request, long nanos) throws IOException {
    return reply(operation, answer(operation, request, nanos));
  }

  private <Q extends MessageLite, R extends MessageLite> Answer<R> answer(
      Operation<Q, R> operation, Q request, long nanos) throws IOException {
    check.goesOn();
    return member.ask(view, operation, request, null, null, nanos);
  }

  private static <R extends MessageLite> R reply(Operation<?, R> operation, Answer<R> answer)
      throws IOException {
    return switch (answer) {
      case Answer.Done<R> done -> done.reply();
      case Answer.Refused<R>(Failure failure) ->
          throw new IOException(
              "the secondary refuses " + operation.name() + ": " + failure.detail());
    };
  }

  /// Waits as long as the secondary has to adopt the map that calls it Needs-resync.
  @Override
  public Holding begin(boolean copy) throws IOException, InterruptedException {
    ResyncShardBeginRequest request = ResyncShardBeginRequest.newBuilder().setCopy(copy).build();
    Clock clock = member.clock();
    long end = clock.nanoTime() + ADOPT_NANOS;
    Answer<ResyncShardBeginReply> answer =
        answer(Operations.RESYNC_SHARD_BEGIN, request, ANSWER_NANOS);
    while (isBehind(answer) && clock.nanoTime() - end < 0) {
      clock.sleepNanos(ADOPT_PAUSE_NANOS);
      answer = answer(Operations.RESYNC_SHARD_BEGIN, request, ANSWER_NANOS);
    }
    ResyncShardBeginReply reply = reply(Operations.RESYNC_SHARD_BEGIN, answer);
    return new Holding(
        reply.getShard(),
        reply.getLast(),
        reply.getLives().toByteArray(),
        reply.getCopying(),
        reply.getUnsure());
  }

  private static boolean isBehind(Answer<?> answer) {
    return answer instanceof Answer.Refused(Failure failure)
        && (failure.kind() == FailureMessage.Kind.RETRY
            || failure.kind() == FailureMessage.Kind.NOT_SERVED);
  }

  @Override
  public @Nullable List<TableKey> tail(long common) throws IOException {
    UndoTailReply reply =
        ask(
            Operations.UNDO_TAIL,
            UndoTailRequest.newBuilder().setCommon(common).build(),
            ANSWER_NANOS);
    if (reply.getTooMuch()) {
      return null;
    }
    List<TableKey> keys = new ArrayList<>();
    try {
      for (org.skep.wire.message.TableKey key : reply.getKeysList()) {
        keys.add(ReplicaMessages.key(key));
      }
    } catch (RefusedException e) {
      throw new IOException("the secondary's tail: " + e.failure().detail());
    }
    return keys;
  }

  @Override
  public void undo(long common, List<StoredEntry> present, boolean finish) throws IOException {
    UndoTailRequest.Builder request =
        UndoTailRequest.newBuilder().setCommon(common).setFinish(finish);
    present.forEach(entry -> request.addPresent(ReplicaMessages.message(entry)));
    Object _ = ask(Operations.UNDO_TAIL, request.build(), ANSWER_NANOS);
  }

  @Override
  public List<RangeDigest> digests(List<KeyRange> ranges) throws IOException {
    RangeDigestRequest.Builder request = RangeDigestRequest.newBuilder();
    ranges.forEach(range -> request.addRanges(ReplicaMessages.message(range)));
    RangeDigestReply reply = ask(Operations.RANGE_DIGEST, request.build(), ANSWER_NANOS);
    List<RangeDigest> digests = new ArrayList<>();
    for (RangeDigestMessage digest : reply.getDigestsList()) {
      digests.add(ReplicaMessages.digest(digest));
    }
    return digests;
  }

  @Override
  public void copy(KeyRange range, List<StoredEntry> entries) throws IOException {
    CopyRangeRequest.Builder request =
        CopyRangeRequest.newBuilder().setRange(ReplicaMessages.message(range));
    entries.forEach(entry -> request.addEntries(ReplicaMessages.message(entry)));
    Object _ = ask(Operations.COPY_RANGE, request.build(), ANSWER_NANOS);
  }

  @Override
  public void endCopy(long last) throws IOException {
    Object _ =
        ask(
            Operations.RESYNC_SHARD_END,
            ResyncShardEndRequest.newBuilder().setCopied(true).setLast(last).build(),
            ANSWER_NANOS);
  }

  /// The secondary has all. Returns when that is on its disk.
  public void finish() throws IOException {
    Object _ =
        ask(Operations.RESYNC_SHARD_END, ResyncShardEndRequest.getDefaultInstance(), SYNC_NANOS);
  }
}
