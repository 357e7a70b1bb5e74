package org.skep.simulation.workload;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.simulation.world.Scheduler;

/// What several clients asked at the same time, and what they were answered; says whether there is
/// an order in which one after the other could have happened.
final class History {
  /// Beyond, the round was too big: not the cluster's fault.
  private static final int STATES_MAX = 300_000;

  /// A step with its answer.
  ///
  /// @param errno 0 if it was not refused
  private record Event(Step step, long began, long ended, int errno, Step.@Nullable Result result) {
    @Override
    public String toString() {
      String answer =
          errno != 0
              ? "errno " + errno
              : result == null || result.inode() == 0 ? "done" : Long.toHexString(result.inode());
      return "%d..%d %s: %s".formatted(began / 1000, ended / 1000, step, answer);
    }
  }

  /// How far each client has come, and the tree then.
  private record Position(List<Integer> at, ModelTree tree) {}

  private final Scheduler scheduler;
  private final List<List<Event>> clients = new ArrayList<>();
  private final Set<Position> seen = new HashSet<>();

  History(Scheduler scheduler, int clientCount) {
    this.scheduler = scheduler;
    for (int i = 0; i < clientCount; i++) {
      clients.add(new ArrayList<>());
    }
  }

  /// Performs a step and writes it down.
  void perform(int client, FileSystem files, Step step) {
    long began = scheduler.nowNanos();
    int errno = 0;
    Step.Result result = null;
    try {
      result = step.perform(files);
      if (result == null) {
        return;
      }
    } catch (ErrnoException e) {
      errno = e.errno();
    }
    clients.get(client).add(new Event(step, began, scheduler.nowNanos(), errno, result));
  }

  /// @throws AssertionError if no order of the steps leads from the tree before to the one after
  void check(ModelTree before, ModelTree after) {
    List<Integer> start = new ArrayList<>();
    clients.forEach(_ -> start.add(0));
    if (!leads(new Position(start, before), after)) {
      throw new AssertionError(
          "no order of these steps explains their answers and the tree afterwards:\n"
              + this
              + "before:"
              + before
              + "\nafter:"
              + after);
    }
  }

  private boolean leads(Position from, ModelTree after) {
    if (!seen.add(from)) {
      return false;
    }
    if (seen.size() > STATES_MAX) {
      throw new IllegalStateException("a round with too many orders:\n" + this);
    }
    boolean end = true;
    for (int i = 0; i < clients.size(); i++) {
      Event next = next(from, i);
      if (next != null) {
        end = false;
        ModelTree tree = mayBeNext(from, next) ? outcome(from.tree, next) : null;
        if (tree != null && leads(advance(from, i, tree), after)) {
          return true;
        }
      }
    }
    return end && from.tree.equals(after);
  }

  private @Nullable Event next(Position position, int client) {
    List<Event> events = clients.get(client);
    int at = position.at.get(client);
    return at < events.size() ? events.get(at) : null;
  }

  /// Nobody who was answered before it began comes after it.
  private boolean mayBeNext(Position from, Event event) {
    for (int i = 0; i < clients.size(); i++) {
      Event other = next(from, i);
      if (other != null && other.ended < event.began) {
        return false;
      }
    }
    return true;
  }

  /// @return null if the answer is wrong for that tree
  private static @Nullable ModelTree outcome(ModelTree tree, Event event) {
    Set<Integer> refusals = event.step.refusals(tree);
    if (event.errno != 0) {
      boolean due = refusals.contains(event.errno);
      return due || event.step.excuses(tree).contains(event.errno) ? tree : null;
    }
    Step.Result result = event.result;
    if (!refusals.isEmpty() || result == null) {
      return null;
    }
    ModelTree changed = new ModelTree(tree);
    return event.step.apply(changed, result) ? changed : null;
  }

  private static Position advance(Position from, int client, ModelTree tree) {
    List<Integer> at = new ArrayList<>(from.at);
    at.set(client, at.get(client) + 1);
    return new Position(at, tree);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < clients.size(); i++) {
      for (Event event : clients.get(i)) {
        text.append("  client").append(i).append(' ').append(event).append('\n');
      }
    }
    return text.toString();
  }
}
