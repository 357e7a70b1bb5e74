package org.skep.mirror.range;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.Forwarder;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.rpc.Upload;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.FailureMessage;

/// One change, or sync, of the primary of a pair: done here and by the secondary at the same time,
/// and repeated there until it has answered or a newer map says something else.
///
/// | the secondary | here | then |
/// | --- | --- | --- |
/// | done | done | answered |
/// | done | failed | this member steps out: RETRY |
/// | refuses as an application would hear it | refuses alike | the range is made equal; the errno is the answer |
/// | fails otherwise | any | management is told; again after a pause |
/// | not reached, STALE_EPOCH, NOT_SERVED, RETRY | any | again after a pause |
///
/// | the newest map, meanwhile | then |
/// | --- | --- |
/// | this member is alone | the range goes to the change log; answered |
/// | anything else | STALE_EPOCH: nothing is promised |
final class PairRequest<Q extends MessageLite, R extends MessageLite> {
  private static final long PAUSE_NANOS_MIN = 10_000_000L;
  private static final long PAUSE_NANOS_MAX = 500_000_000L;

  private final MemberRequests requests;
  private final Forwarder forwarder;
  private final GroupMember member;
  private final Turn turn;
  private final Forwarding mode;
  private final @Nullable ItemRange range;
  private final ForwardedRequest<Q, R> request;
  private final long since;
  private long pauseNanos = PAUSE_NANOS_MIN;
  private long sequence;
  // What was done here: one of both is there afterwards.
  private @Nullable R reply;
  private @Nullable IOException failure;

  /// @param range null: a sync, which changes nothing
  PairRequest(
      MemberRequests requests,
      Turn turn,
      Forwarding mode,
      @Nullable ItemRange range,
      ForwardedRequest<Q, R> request) {
    this.requests = requests;
    this.forwarder = requests.forwarder();
    this.member = requests.member();
    this.turn = turn;
    this.mode = mode;
    this.range = range;
    this.request = request;
    since = requests.clock().nanoTime();
  }

  /// @throws IOException if that is the answer: the buddy has the same, or is known to lack it
  R run(MemberRequests.Local<R> local, @Nullable EarlyUpload<R> early)
      throws MemberRefusal, IOException, InterruptedException {
    Upload<R> upload = early == null ? null : early.complete(turn.view());
    sequence = early != null && early.taken() ? early.sequence() : forwarder.beginSequence();
    boolean open = false;
    forwarder.needs(1);
    try {
      GroupView sentTo = turn.view();
      if (upload == null) {
        upload = send(sentTo);
      }
      here(local);
      while (upload == null || !taken(finish(sentTo, upload))) {
        if (forsaken()) {
          return settled();
        }
        awaitNews();
        pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
        sentTo = turn.view();
        upload = send(sentTo);
      }
      return settled();
    } catch (MemberRefusal e) {
      // Neither over nor undone: the next term settles it, and until then the mark stays.
      open = true;
      throw e;
    } finally {
      forwarder.needs(-1);
      if (!open) {
        forwarder.endSequence(sequence);
      }
    }
  }

  /// The mode of forwarding is news, too.
  private void awaitNews() throws InterruptedException {
    ForwardingMode forwarding = requests.replica().forwarding();
    Forwarding seen = forwarding.now();
    member.awaitNews(turn, pauseNanos, () -> forwarding.now() != seen);
  }

  private void here(MemberRequests.Local<R> local) {
    try {
      reply = local.run();
    } catch (IOException e) {
      failure = e;
    }
  }

  private R settled() throws IOException {
    if (failure != null) {
      throw failure;
    }
    return Objects.requireNonNull(reply, "neither done nor failed");
  }

  private @Nullable Upload<R> send(GroupView view) {
    try {
      return forwarder.send(view, request, sequence);
    } catch (IOException e) {
      // The forwarder has told whom it concerns.
      return null;
    }
  }

  private @Nullable Answer<R> finish(GroupView view, Upload<R> upload) {
    try {
      return forwarder.finish(view, upload);
    } catch (IOException e) {
      return null;
    }
  }

  /// Whether both have it, or both have refused it alike.
  private boolean taken(@Nullable Answer<R> answer) throws MemberRefusal, InterruptedException {
    return switch (answer) {
      case null -> false;
      case Answer.Done<R> _ -> {
        if (failure != null) {
          throw requests.stepOut(turn, failure);
        }
        yield true;
      }
      case Answer.Refused<R>(Failure refusal) -> bothRefused(refusal);
    };
  }

  private boolean bothRefused(Failure refusal) throws MemberRefusal, InterruptedException {
    boolean lasting =
        refusal.kind() == FailureMessage.Kind.ERRNO
            || refusal.kind() == FailureMessage.Kind.MALFORMED;
    if (range != null && isRefusedAlike(refusal)) {
      try {
        requests.recovery().makeEqual(turn.view(), List.of(range));
        return true;
      } catch (IOException e) {
        forwarder.complain(turn.view(), "it can't be made equal: " + e.getMessage());
        return false;
      }
    }
    if (lasting) {
      forwarder.complainForGood(turn.view(), refusal.detail());
    } else if (requests.clock().nanoTime() - since >= member.surroundings().silentNanos()) {
      forwarder.complain(turn.view(), refusal.detail());
    }
    return false;
  }

  /// Full disks and impossible requests: both say the same, and the application hears it.
  private boolean isRefusedAlike(Failure refusal) {
    return refusal.kind() == FailureMessage.Kind.ERRNO
        && failure instanceof DiskException disk
        && disk.errno() == refusal.errno()
        && switch (Errno.of(refusal.errno())) {
          case ENOSPC, EDQUOT, EFBIG, EROFS, EOPNOTSUPP -> true;
          default -> false;
        };
  }

  /// Whether this member goes on without the secondary.
  private boolean forsaken() throws MemberRefusal {
    GroupView next = turn.next();
    boolean resyncOver =
        turn.view().role() == Role.PRIMARY_ALONE
            && mode != requests.replica().forwarding().now()
            && next == null;
    if (resyncOver || (next != null && next.role() == Role.PRIMARY_ALONE)) {
      requests.noteMissing(range);
      return true;
    }
    if (next != null) {
      throw new MemberRefusal(
          Failure.staleEpoch(next.text() + " is in another epoch by now", next.mapVersion()));
    }
    if (turn.steppedOut() || member.stopping()) {
      throw new MemberRefusal(Failure.retry(turn.view().text() + ": the primary serves no more"));
    }
    return false;
  }
}
