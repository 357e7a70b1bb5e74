package org.skep.metadata.resync;

import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;
import org.skep.metadata.replication.Appended;
import org.skep.metadata.replication.LoggedBatch;
import org.skep.metadata.replication.Secondary;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.AppendBatchesReply;
import org.skep.wire.message.AppendBatchesRequest;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.LoggedBatchMessage;

/// APPEND over the network, to the secondary of one view. Any thread may call it.
///
/// @param view of the primary, in whose epoch the secondary is asked
/// @param latest number of the primary's last batch
/// @param patienceNanos how long an answer without a sync may take
public record SecondaryLine(
    GroupMember member, GroupView view, LongSupplier latest, long patienceNanos)
    implements Secondary {
  /// A secondary that hangs is dropped when a newer map says so; this is for the rest.
  private static final long APPEND_NANOS = 10_000_000_000L;

  private static final long SYNC_NANOS = 60_000_000_000L;

  public SecondaryLine(GroupMember member, GroupView view, LongSupplier latest) {
    this(member, view, latest, APPEND_NANOS);
  }

  /// For one that nobody need wait for.
  SecondaryLine withPatience(long nanos) {
    return new SecondaryLine(member, view, latest, nanos);
  }

  @Override
  public Appended append(long previous, List<LoggedBatch> batches, boolean sync)
      throws IOException {
    AppendBatchesRequest.Builder request =
        AppendBatchesRequest.newBuilder().setPrevious(previous).setSync(sync);
    for (LoggedBatch batch : batches) {
      request.addBatches(
          LoggedBatchMessage.newBuilder()
              .setNumber(batch.number())
              .setBatch(UnsafeByteOperations.unsafeWrap(batch.batch())));
    }
    Answer<AppendBatchesReply> answer =
        member.ask(
            view,
            Operations.APPEND_BATCHES,
            request.build(),
            null,
            null,
            sync ? SYNC_NANOS : patienceNanos);
    return switch (answer) {
      case Answer.Done<AppendBatchesReply>(AppendBatchesReply reply, int _, long _) -> {
        member.forwarder().taken();
        checkLast(reply.getLast());
        yield new Appended(reply.getLast(), reply.getRefused());
      }
      case Answer.Refused<AppendBatchesReply>(Failure failure) -> {
        member.forwarder().heard();
        throw refusal(failure);
      }
    };
  }

  /// Of a pair, what the secondary has was acknowledged, or sent in this life: this target has lost
  /// it without noticing.
  private void checkLast(long last) {
    if (last > latest.getAsLong() && view.role() == Role.PRIMARY_OF_PAIR) {
      member.stepOut(
          view, "the secondary has batch " + last + ", here the last one is " + latest.getAsLong());
    }
  }

  private static IOException refusal(Failure failure) {
    boolean lasts =
        failure.kind() == FailureMessage.Kind.ERRNO
            || failure.kind() == FailureMessage.Kind.MALFORMED;
    return lasts ? new LastingRefusal(failure.detail()) : new IOException(failure.detail());
  }
}
