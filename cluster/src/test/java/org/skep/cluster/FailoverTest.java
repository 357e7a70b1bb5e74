package org.skep.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.skep.cluster.GroupEvent.Declare;
import org.skep.cluster.GroupEvent.Demand;
import org.skep.cluster.GroupEvent.Resynced;
import org.skep.cluster.GroupEvent.Returned;
import org.skep.cluster.GroupEvent.Seen;
import org.skep.cluster.GroupEvent.StepsOut;
import org.skep.cluster.GroupEvent.Unsure;
import org.skep.cluster.GroupState.Member;

/// All states of a group times all events: the rules that keep data hold in each step, and a group
/// whose members come back becomes whole. The rows of the table by name are in [FailoverRowsTest].
final class FailoverTest {
  private static final int A = 11;
  private static final int B = 21;
  private static final int STRANGER = 99;

  /// The diameter of what can be reached is far smaller: the search ends by itself.
  private static final int DEPTH_MAX = 50;

  private record Visit(GroupState state, int depth) {}

  /// A state but for its numbers, on which nothing depends but whether an epoch is the present one.
  private record Shape(Member primary, Object secondary) {
    static Shape of(GroupState state) {
      return new Shape(state.primary(), Objects.requireNonNullElse(state.secondary(), "none"));
    }
  }

  private static List<Member> members(int id) {
    List<Member> members = new ArrayList<>();
    for (Reachability reachability : Reachability.values()) {
      for (Consistency consistency : Consistency.values()) {
        members.add(new Member(id, reachability, consistency));
      }
    }
    return members;
  }

  private static List<GroupState> allStates() {
    List<GroupState> states = new ArrayList<>();
    for (Member a : members(A)) {
      states.add(new GroupState(a, null, 5, 2));
      for (Member b : members(B)) {
        states.add(new GroupState(a, b, 5, 2));
        states.add(new GroupState(b, a, 5, 2));
      }
    }
    return states;
  }

  private static List<GroupEvent> allEvents(GroupState state) {
    List<GroupEvent> events = new ArrayList<>();
    for (int target : new int[] {A, B, STRANGER}) {
      for (Reachability reachability : Reachability.values()) {
        events.add(new Seen(target, reachability));
      }
      events.add(new Returned(target, false));
      events.add(new Returned(target, true));
      events.add(new StepsOut(target));
      events.add(new Unsure(target));
      events.add(new Resynced(target, state.epoch()));
      events.add(new Resynced(target, state.epoch() - 1));
      events.add(new Resynced(target, state.epoch() + 1));
      events.add(new Demand(target));
      events.add(new Declare(target, Consistency.GOOD));
      events.add(new Declare(target, Consistency.BAD));
    }
    return events;
  }

  private static Member member(int id, Reachability reachability) {
    return new Member(id, reachability, Consistency.GOOD);
  }

  /// How groups begin: both Good, whoever is there; and the groups of one.
  private static List<GroupState> starts() {
    List<GroupState> starts = new ArrayList<>();
    for (Reachability a : Reachability.values()) {
      starts.add(new GroupState(member(A, a), null, 1, 0));
      for (Reachability b : Reachability.values()) {
        GroupState asked = new GroupState(member(A, a), member(B, b), 1, 0);
        starts.add(next(asked, new Seen(A, a)));
      }
    }
    return starts;
  }

  private static GroupState next(GroupState state, GroupEvent event) {
    return switch (Failover.next(state, event)) {
      case Transition.Next(GroupState after, String _) -> after;
      case Transition.Refused _ -> state;
    };
  }

  /// Breadth-first, from all starts, until nothing new is found.
  private static List<GroupState> reachable() {
    Deque<Visit> queue = new ArrayDeque<>();
    Set<Shape> seen = new HashSet<>();
    List<GroupState> found = new ArrayList<>();
    starts().forEach(start -> queue.add(new Visit(start, 0)));
    while (!queue.isEmpty()) {
      Visit visit = queue.remove();
      if (!seen.add(Shape.of(visit.state()))) {
        continue;
      }
      assertThat(visit.depth()).isLessThan(DEPTH_MAX);
      found.add(visit.state());
      for (GroupEvent event : allEvents(visit.state())) {
        queue.add(new Visit(next(visit.state(), event), visit.depth() + 1));
      }
    }
    return found;
  }

  private static Set<Integer> good(GroupState state) {
    Set<Integer> good = new HashSet<>();
    Stream.of(A, B)
        .map(state::member)
        .filter(Objects::nonNull)
        .filter(Member::isGood)
        .forEach(member -> good.add(member.targetId()));
    return good;
  }

  @Test
  void everyEventInEveryStateHasAnOutcomeWithAReason() {
    for (GroupState state : allStates()) {
      for (GroupEvent event : allEvents(state)) {
        Transition transition = Failover.next(state, event);
        assertThat(transition.reason()).as("%s after %s", event.text(), state).isNotBlank();
        assertThat(Failover.next(state, event)).as("pure").isEqualTo(transition);
        if (state.member(event.target()) == null) {
          assertThat(transition).isInstanceOf(Transition.Refused.class);
        }
      }
    }
  }

  @Test
  void theRulesThatKeepDataHoldInEachStep() {
    List<GroupState> states = reachable();
    assertThat(states).as("the search gets somewhere").hasSizeGreaterThan(60);
    for (GroupState state : states) {
      for (GroupEvent event : allEvents(state)) {
        checkStep(state, event, next(state, event));
      }
    }
  }

  private static void checkStep(GroupState before, GroupEvent event, GroupState after) {
    String step = event.text() + " after [" + before + "] gives [" + after + "]";
    Set<Integer> goodBefore = good(before);
    Set<Integer> goodAfter = good(after);
    boolean ledByAnother = before.primary().targetId() != after.primary().targetId();
    assertThat(after.secondary() == null).as(step).isEqualTo(before.secondary() == null);

    assertThat(after.epoch()).as(step).isGreaterThanOrEqualTo(before.epoch());
    if (ledByAnother || !goodBefore.equals(goodAfter)) {
      assertThat(after.epoch()).as(step).isEqualTo(before.epoch() + 1);
    }
    boolean declaredGood = event instanceof Declare(int _, Consistency c) && c == Consistency.GOOD;
    if (ledByAnother && !declaredGood) {
      assertThat(goodBefore)
          .as("the new primary was Good: %s", step)
          .contains(after.primary().targetId());
    }
    for (int target : goodBefore) {
      if (!goodAfter.contains(target)) {
        checkLeft(event, Objects.requireNonNull(after.member(target)), step);
      }
    }
    for (int target : goodAfter) {
      if (!goodBefore.contains(target)) {
        assertThat(declaredGood || event instanceof Resynced).as(step).isTrue();
        assertThat(target).as(step).isEqualTo(event.target());
      }
    }
    boolean declaredBad = event instanceof Declare && !declaredGood;
    if (!declaredBad && !goodBefore.isEmpty()) {
      assertThat(goodAfter).as("one stays Good: %s", step).isNotEmpty();
    }
    if (event instanceof Resynced(int _, long epoch) && epoch != before.epoch()) {
      assertThat(after).as(step).isEqualTo(before);
    }
    checkLosses(before, event, after, step);
    checkSettled(after, step);
  }

  /// It was fenced: it is Offline, or the event is one that is given only of a fenced member.
  private static void checkLeft(GroupEvent event, Member left, String step) {
    boolean named =
        switch (event) {
          case Seen _, Resynced _ -> false;
          case Returned(int target, boolean unsure) -> unsure && target == left.targetId();
          case StepsOut _, Unsure _, Demand _, Declare _ -> event.target() == left.targetId();
        };
    assertThat(named || left.isOffline()).as("fenced before it left: %s", step).isTrue();
  }

  private static void checkLosses(
      GroupState before, GroupEvent event, GroupState after, String step) {
    long growth = after.losses() - before.losses();
    Member x = before.member(event.target());
    boolean alone = x != null && good(before).equals(Set.of(x.targetId()));
    boolean expected =
        switch (event) {
          case Returned(int _, boolean unsure) -> unsure && alone;
          case Unsure _ -> alone;
          case Declare(int _, Consistency c) ->
              c == Consistency.GOOD && after.epoch() > before.epoch();
          case Seen _, StepsOut _, Resynced _, Demand _ -> false;
        };
    assertThat(growth).as(step).isEqualTo(expected ? 1 : 0);
    if (expected) {
      assertThat(after.epoch()).as(step).isGreaterThan(before.epoch());
    }
  }

  /// Nothing would follow from looking once more, so no event needs to be repeated.
  private static void checkSettled(GroupState state, String step) {
    for (Member member : Stream.of(A, B).map(state::member).filter(Objects::nonNull).toList()) {
      GroupState again = next(state, new Seen(member.targetId(), member.reachability()));
      assertThat(again).as("settled: %s", step).isEqualTo(state);
    }
    if (!good(state).isEmpty()) {
      assertThat(state.primary().isGood()).as("a Good member leads: %s", step).isTrue();
    }
  }

  @Test
  void whenBothComeBackTheGroupBecomesWhole() {
    for (GroupState state : reachable()) {
      if (state.secondary() == null) {
        continue;
      }
      for (int first : new int[] {A, B}) {
        GroupState back = next(state, new Returned(first, false));
        back = next(back, new Returned(first == A ? B : A, false));
        String from = state.toString();
        assertThat(back.primary().isOnline()).as(from).isTrue();
        if (good(back).isEmpty()) {
          assertThat(good(state)).as(from).isEmpty();
          back = next(back, new Declare(A, Consistency.GOOD));
        }
        int second = Objects.requireNonNull(back.secondary()).targetId();
        if (back.secondary().consistency() == Consistency.BAD) {
          back = next(back, new Demand(second));
        }
        back = next(back, new Resynced(second, back.epoch()));
        assertThat(back.isInSync()).as("whole again, from %s: %s", from, back).isTrue();
      }
    }
  }

  @Test
  void aPowerCutOfBothHealsWithoutAnAdministrator() {
    for (int first : new int[] {A, B}) {
      GroupState cut =
          new GroupState(member(A, Reachability.OFFLINE), member(B, Reachability.OFFLINE), 1, 0);
      GroupState one = next(cut, new Returned(first, true));
      assertThat(good(one)).as("the first gives way").containsExactly(first == A ? B : A);
      GroupState two = next(one, new Returned(first == A ? B : A, true));
      assertThat(two.primary().isGood()).isTrue();
      assertThat(two.losses()).as("nobody has more, so that must be it").isEqualTo(1);
      assertThat(next(two, new Resynced(first, two.epoch())).isInSync()).isTrue();
    }
  }
}
