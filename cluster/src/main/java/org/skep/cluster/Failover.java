package org.skep.cluster;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.GroupEvent.Declare;
import org.skep.cluster.GroupEvent.Demand;
import org.skep.cluster.GroupEvent.Resynced;
import org.skep.cluster.GroupEvent.Returned;
import org.skep.cluster.GroupEvent.Seen;
import org.skep.cluster.GroupEvent.StepsOut;
import org.skep.cluster.GroupEvent.Unsure;
import org.skep.cluster.GroupState.Member;

/// How a buddy group goes on after an event: the table of `docs/design/failover.md`, row for row,
/// with its words (X: the member of the event, B: its buddy). Pure and total.
///
/// Who calls it answers for this: a member that an event takes out of the in-sync set holds no
/// lease when the event is given.
public final class Failover {

  private Failover() {}

  /// The next state and why, or the refusal.
  public static Transition next(GroupState state, GroupEvent event) {
    Member x = state.member(event.target());
    if (x == null) {
      return new Transition.Refused("target " + event.target() + " is not in this group");
    }
    return switch (event) {
      case Seen(int _, Reachability seen) -> seen(state, x, seen);
      case Returned(int _, boolean unsure) -> returned(state, x, unsure);
      case StepsOut _ -> stepsOut(state, x);
      case Unsure _ -> unsure(state, x);
      case Resynced(int _, long epoch) -> resynced(state, x, epoch);
      case Demand _ -> demand(state, x);
      case Declare(int _, Consistency consistency) ->
          consistency == Consistency.BAD ? declareBad(state, x) : declareGood(state, x);
    };
  }

  private static Transition seen(GroupState state, Member x, Reachability seen) {
    return settle(state.with(x.with(seen)), "is " + seen.label());
  }

  private static Transition returned(GroupState state, Member x, boolean unsure) {
    GroupState online = state.with(x.with(Reachability.ONLINE));
    Member back = x.with(Reachability.ONLINE);
    return unsure ? unsure(online, back) : settle(online, "is back");
  }

  private static Transition unsure(GroupState state, Member x) {
    Member b = state.buddyOf(x);
    if (!x.isGood()) {
      // A resync that had ended before must not count: Resynced of the old epoch is refused.
      return settle(state.inNextEpoch(), "misses changes anyway");
    }
    if (b != null && b.isGood()) {
      return settle(withoutX(state, x, b), "may have lost acknowledged changes");
    }
    return settle(state.withOneLossMore().inNextEpoch(), "nobody has a better copy");
  }

  private static Transition stepsOut(GroupState state, Member x) {
    Member b = state.buddyOf(x);
    if (x.isGood() && b != null && b.isGoodAndOnline()) {
      return new Transition.Next(withoutX(state, x, b), "can't take part");
    }
    return new Transition.Next(state, "nobody can replace it");
  }

  private static Transition resynced(GroupState state, Member x, long epoch) {
    String refusal = null;
    if (epoch != state.epoch()) {
      refusal = "the group is in epoch " + state.epoch() + ", not in " + epoch;
    } else if (state.isPrimary(x)) {
      refusal = "target " + x.targetId() + " is the primary";
    } else if (x.consistency() != Consistency.NEEDS_RESYNC || !x.isOnline()) {
      refusal = "the secondary is " + x;
    } else if (!state.primary().isGood() || state.primary().isOffline()) {
      refusal = "the primary is " + state.primary();
    }
    if (refusal != null) {
      return new Transition.Refused(refusal);
    }
    return new Transition.Next(
        state.with(x.with(Consistency.GOOD)).inNextEpoch(), "has all that the primary has");
  }

  private static Transition demand(GroupState state, Member x) {
    if (state.isPrimary(x)) {
      return new Transition.Refused(
          "target " + x.targetId() + " is the primary: a resync goes to the secondary");
    }
    if (x.consistency() == Consistency.NEEDS_RESYNC) {
      return new Transition.Refused("target " + x.targetId() + " is Needs-resync already");
    }
    if (!state.primary().isGood()) {
      return new Transition.Refused(
          "the primary is " + state.primary() + ": there is nothing to resync from");
    }
    return new Transition.Next(
        state.with(x.with(Consistency.NEEDS_RESYNC)).inNextEpoch(), "administrator");
  }

  private static Transition declareBad(GroupState state, Member x) {
    if (x.consistency() == Consistency.BAD) {
      return new Transition.Refused("target " + x.targetId() + " is Bad already");
    }
    Member b = state.buddyOf(x);
    GroupState bad = state.with(x.with(Consistency.BAD)).inNextEpoch();
    return new Transition.Next(b != null && b.isGood() ? bad.ledBy(b) : bad, "administrator");
  }

  private static Transition declareGood(GroupState state, Member x) {
    if (x.isGood()) {
      return new Transition.Refused("target " + x.targetId() + " is Good already");
    }
    Member b = state.buddyOf(x);
    if (b != null && b.isGood() && !b.isOffline()) {
      return new Transition.Refused(
          "target "
              + b.targetId()
              + " is Good and "
              + b.reachability().label()
              + ": a resync brings target "
              + x.targetId()
              + " up to date");
    }
    Member good = x.with(Consistency.GOOD);
    GroupState led = state.with(good).ledBy(good).withOneLossMore().inNextEpoch();
    return new Transition.Next(
        b != null && b.isGood() ? led.with(b.with(Consistency.NEEDS_RESYNC)) : led,
        "administrator overrules");
  }

  /// X, which was Good, misses changes from now on; B, which is Good, leads.
  private static GroupState withoutX(GroupState state, Member x, Member b) {
    return state.with(x.with(Consistency.NEEDS_RESYNC)).ledBy(b).inNextEpoch();
  }

  /// What follows from who is there.
  ///
  /// @param otherwise the reason if nothing follows
  private static Transition settle(GroupState state, String otherwise) {
    Member p = state.primary();
    Member s = state.secondary();
    if (s != null && s.isGoodAndOnline() && (p.isOffline() || !p.isGood())) {
      return new Transition.Next(succeeded(state, p, s), "primary is gone");
    }
    if (s != null && s.isGood() && s.isOffline() && p.isGoodAndOnline()) {
      return new Transition.Next(withoutX(state, s, p), "secondary is gone");
    }
    return new Transition.Next(state, otherwise);
  }

  private static GroupState succeeded(GroupState state, Member p, Member s) {
    return p.isGood() ? withoutX(state, p, s) : state.ledBy(s).inNextEpoch();
  }

  /// The group's next values in the map.
  public static BuddyGroup group(BuddyGroup before, GroupState state) {
    @Nullable Member s = state.secondary();
    return new BuddyGroup(
        before.kind(),
        before.id(),
        state.primary().targetId(),
        s == null ? BuddyGroup.NONE : s.targetId(),
        state.epoch(),
        state.losses());
  }
}
