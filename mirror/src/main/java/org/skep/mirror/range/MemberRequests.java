package org.skep.mirror.range;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.Forwarder;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a member does with the requests it has begun ([GroupMember#enter]): the life of a change
/// and of a read, as docs/design/mirroring.md says. Any thread may call it; each call runs on the
/// request's thread until it can be answered.
public final class MemberRequests {
  private static final Logger LOG = LoggerFactory.getLogger(MemberRequests.class);

  private final Clock clock;
  private final RangeReplica replica;
  private final GroupMember member;
  private final Forwarder forwarder;
  private final Unconfirmed unconfirmed;
  private final Recovery recovery;

  MemberRequests(
      Clock clock,
      RangeReplica replica,
      GroupMember member,
      Unconfirmed unconfirmed,
      Recovery recovery) {
    this.clock = clock;
    this.replica = replica;
    this.member = member;
    this.forwarder = member.forwarder();
    this.unconfirmed = unconfirmed;
    this.recovery = recovery;
  }

  /// What is done on this member's disk; may be called once only.
  @FunctionalInterface
  public interface Local<R> {
    R run() throws IOException;
  }

  /// Asked with the range locked, before anything takes effect anywhere.
  @FunctionalInterface
  public interface Precondition {
    Precondition NONE = () -> {};

    void check() throws MemberRefusal;
  }

  /// A change of one item.
  ///
  /// @param locked what no other request may touch meanwhile; covers `changed`
  /// @param changed what may be different afterwards
  public record Change<Q extends MessageLite, R extends MessageLite>(
      Item item,
      Range locked,
      Range changed,
      Precondition precondition,
      ForwardedRequest<Q, R> request) {

    public Change(Item item, Range changed, ForwardedRequest<Q, R> request) {
      this(item, changed, changed, Precondition.NONE, request);
    }

    ItemRange range() {
      return new ItemRange(item, changed);
    }
  }

  /// Begins to send a change to the secondary before it has arrived as a whole, if there is one to
  /// send it to. Close it if the change does not come.
  ///
  /// @param bulkBytes of the whole payload; the request's own payload is not looked at
  public <Q extends MessageLite, R extends MessageLite> @Nullable EarlyUpload<R> early(
      GroupView view, ForwardedRequest<Q, R> request, int bulkBytes) {
    boolean pair =
        view.role() == Role.PRIMARY_OF_PAIR
            || (view.role() == Role.PRIMARY_ALONE && replica.forwarding().now() != Forwarding.OFF);
    return pair ? EarlyUpload.begin(forwarder, view, request, bulkBytes) : null;
  }

  /// Carries out a change here and, at the primary, wherever else it must be; returns when it can
  /// be answered.
  ///
  /// @param early the same change on its way to the secondary, all of it but its last piece; used
  ///   up in any case
  /// @throws MemberRefusal if it is to be repeated, here or elsewhere: nothing is promised
  /// @throws IOException if the disk refuses, and that is the answer
  public <Q extends MessageLite, R extends MessageLite> R change(
      Turn turn, Change<Q, R> change, Local<R> apply, @Nullable EarlyUpload<R> early)
      throws MemberRefusal, IOException {
    try (EarlyUpload<R> _ = early;
        RangeLocks<Item>.Held _ = replica.exclusive(change.item(), change.locked())) {
      goesOn(turn);
      change.precondition().check();
      if (turn.forwarded()) {
        unconfirmed.add(turn.sequence(), change.range());
        return apply.run();
      }
      Forwarding mode = replica.forwarding().begin();
      try {
        return atPrimary(turn, mode, change, apply, early);
      } finally {
        replica.forwarding().end(mode);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private <Q extends MessageLite, R extends MessageLite> R atPrimary(
      Turn turn,
      Forwarding mode,
      Change<Q, R> change,
      Local<R> apply,
      @Nullable EarlyUpload<R> early)
      throws MemberRefusal, IOException, InterruptedException {
    boolean pair = needsBoth(turn, mode);
    ActivityLog.Entry entry = note(turn, change, pair);
    boolean over = false;
    try {
      R reply;
      if (pair) {
        reply =
            new PairRequest<>(this, turn, mode, change.range(), change.request()).run(apply, early);
      } else {
        reply = alone(turn, mode, change, apply, early);
      }
      over = true;
      return reply;
    } catch (IOException e) {
      // The disk's refusal is the answer: the buddy has the same, or the change log has the range.
      over = true;
      throw e;
    } finally {
      if (over) {
        end(entry);
      }
    }
  }

  private ActivityLog.Entry note(Turn turn, Change<?, ?> change, boolean pair)
      throws MemberRefusal, IOException, InterruptedException {
    try {
      ActivityLog.Entry entry =
          replica
              .logs()
              .activity()
              .begin(change.range(), () -> turn.isOpen() && !member.stopping());
      if (entry == null) {
        throw new MemberRefusal(onItsWay(turn));
      }
      return entry;
    } catch (IOException e) {
      if (pair) {
        throw stepOut(turn, e);
      }
      throw e;
    }
  }

  private void end(ActivityLog.Entry entry) {
    try {
      replica.logs().activity().end(entry);
    } catch (IOException e) {
      LOG.warn("a record of the activity log stays: {}", e.getMessage());
    }
  }

  private <Q extends MessageLite, R extends MessageLite> R alone(
      Turn turn,
      Forwarding mode,
      Change<Q, R> change,
      Local<R> apply,
      @Nullable EarlyUpload<R> early)
      throws MemberRefusal, IOException {
    if (mode == Forwarding.OFF) {
      replica.logs().changes().add(change.range());
      return apply.run();
    }
    return new ResyncRequest<>(this, turn.view(), change.range(), change.request())
        .run(apply, early);
  }

  /// Reads at a member that may answer.
  ///
  /// @throws MemberRefusal if another member is to be asked, or this one again
  public <R> R read(Turn turn, Item item, Range range, Local<R> read)
      throws MemberRefusal, IOException {
    try (RangeLocks<Item>.Held _ = replica.locks().shared(item, range)) {
      goesOn(turn);
      if (turn.forwarded()) {
        return read.run();
      }
      mayRead(turn, new ItemRange(item, range));
      try {
        return read.run();
      } catch (IOException e) {
        if (turn.view().role() == Role.PRIMARY_ALONE || isShortage(e)) {
          throw e;
        }
        throw stepOut(turn, e);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  /// Whether this member still counts as one whose content is the group's. To be asked before
  /// reading, with nothing locked or the range locked.
  ///
  /// @throws MemberRefusal if not, or if it is not known
  public void mayRead(Turn turn, ItemRange range) throws MemberRefusal {
    GroupView view = turn.view();
    if (view.role() == Role.SECONDARY) {
      if (!member.surroundings().holdsLease() || !unconfirmed.isReadable(range)) {
        throw new MemberRefusal(
            Failure.notServed(view.text() + ": the primary is to be asked", view.mapVersion()));
      }
    } else {
      member.mayAnswer(view, needsBoth(turn, replica.forwarding().now()));
    }
  }

  /// Makes an item durable on all members that count.
  ///
  /// @throws IOException if what was acknowledged may be lost
  public <Q extends MessageLite, R extends MessageLite> R sync(
      Turn turn, Item item, ForwardedRequest<Q, R> request, Local<R> sync)
      throws MemberRefusal, IOException {
    Local<R> checked = () -> checked(turn, sync);
    try (RangeLocks<Item>.Held _ = replica.locks().shared(item, Range.ALL)) {
      goesOn(turn);
      if (turn.forwarded()) {
        return checked.run();
      }
      Forwarding mode = replica.forwarding().begin();
      try {
        return needsBoth(turn, mode)
            ? new PairRequest<>(this, turn, mode, null, request).run(checked, null)
            : checked.run();
      } finally {
        replica.forwarding().end(mode);
      }
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private <R> R checked(Turn turn, Local<R> sync) throws IOException {
    try {
      R reply = sync.run();
      boolean stale = turn.view().role() == Role.SECONDARY_STALE;
      if (stale ? replica.logs().durabilityLost() : replica.logs().unsure()) {
        throw new DiskException(Errno.EIO.number(), "another sync on this disk failed");
      }
      return reply;
    } catch (IOException e) {
      if (!isShortage(e)) {
        replica.becameUnsure(turn.view(), "a sync failed: " + e.getMessage());
      }
      throw e;
    }
  }

  private static boolean needsBoth(Turn turn, Forwarding mode) {
    return turn.view().role() == Role.PRIMARY_OF_PAIR || mode == Forwarding.REQUIRED;
  }

  /// Who waited for a lock may be of a term that has ended.
  private static void goesOn(Turn turn) throws MemberRefusal {
    if (!turn.isOpen()) {
      throw new MemberRefusal(onItsWay(turn));
    }
  }

  private static Failure onItsWay(Turn turn) {
    return Failure.retry(turn.view().text() + " is on its way to another epoch");
  }

  /// What took effect here and not at the buddy.
  ///
  /// @throws MemberRefusal if it can't be noted: then its record of the activity log must stay
  void noteMissing(@Nullable ItemRange range) throws MemberRefusal {
    if (range == null) {
      return;
    }
    try {
      replica.logs().changes().add(range);
    } catch (IOException e) {
      LOG.error("{}: the change log can't be written: {}", member.view().text(), e.getMessage());
      throw new MemberRefusal(Failure.retry("the change log can't be written"));
    }
  }

  MemberRefusal stepOut(Turn turn, IOException e) {
    member.stepOut(turn.view(), String.valueOf(e.getMessage()));
    return new MemberRefusal(
        turn.view().role() == Role.SECONDARY
            ? Failure.notServed(turn.view().text() + ": the secondary fails", 0)
            : Failure.retry(turn.view().text() + ": the primary fails: " + e.getMessage()));
  }

  static MemberRefusal interrupted() {
    Thread.currentThread().interrupt();
    return new MemberRefusal(Failure.retry("interrupted"));
  }

  /// The host is short of something for a moment; the content is as good as before.
  static boolean isShortage(IOException e) {
    return e instanceof DiskException disk
        && switch (Errno.of(disk.errno())) {
          case EMFILE, ENFILE, ENOMEM -> true;
          default -> false;
        };
  }

  RangeReplica replica() {
    return replica;
  }

  GroupMember member() {
    return member;
  }

  Forwarder forwarder() {
    return forwarder;
  }

  Recovery recovery() {
    return recovery;
  }

  Clock clock() {
    return clock;
  }
}
