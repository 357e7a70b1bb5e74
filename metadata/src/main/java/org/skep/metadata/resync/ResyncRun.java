package org.skep.metadata.resync;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.replication.Replicator;
import org.skep.metadata.replication.ShardResync;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.MemberRefusal;
import org.skep.mirror.Turn;
import org.skep.mirror.resync.RunTerm;

/// One attempt to bring the secondary up to date, in one term of this member and one life of the
/// other's process. [#run] is called once; [#cancel] by any thread.
///
/// ```
/// undo the tail, or copy - follow the log until it is whole - sync it
///   - follow until little is missing - wait for it - sync what came since
/// ```
///
/// The long sync comes before anybody waits for the secondary.
final class ResyncRun {
  /// So few that they are sent while changes wait.
  private static final int BEHIND_MAX = 1000;

  private final GroupMember member;
  private final GroupView view;
  private final RunTerm term;
  private final Leader leader;
  private final boolean everything;
  private final Counters counters;
  private final ReplicaLine line;
  private volatile @Nullable String cancelled;

  @FunctionalInterface
  private interface Change {
    void run();
  }

  /// @param everything is compared, also if the log would do
  ResyncRun(
      GroupMember member, GroupView view, Leader leader, boolean everything, Counters counters) {
    this.member = member;
    this.view = view;
    term = new RunTerm(member, view);
    this.leader = leader;
    this.everything = everything;
    this.counters = counters;
    line = new ReplicaLine(member, view, this::check);
  }

  /// Returns when the secondary has all that is here, on its disk, and changes wait for it.
  ///
  /// @throws IOException if it failed; nobody waits for the secondary then
  void run() throws IOException, InterruptedException {
    Replicator replicator = leader.replicator();
    ShardResync.Result result =
        new ShardResync(leader.shard(), leader.store(), replicator.log(), line, counters)
            .run(everything);
    SecondaryLine direct =
        new SecondaryLine(member, view, leader.shard()::latestBatch)
            .withPatience(member.surroundings().silentNanos());
    CountedSecondary secondary = new CountedSecondary(direct, counters);
    change(() -> replicator.follow(secondary, result.last()));
    // What was copied is not of one moment: here it is whole.
    pumpUpTo(leader.shard().latestBatch());
    line.finish();
    while (behind() > BEHIND_MAX) {
      pump();
    }
    change(replicator::require);
    pumpUpTo(leader.shard().latestBatch());
    line.finish();
    check();
  }

  /// Nobody waits for the secondary any more. A term that has ended has done that already.
  void giveUp() {
    try {
      change(() -> leader.replicator().alone());
    } catch (IOException e) {
      // Another term, with a mode of its own.
      counters.behind(0);
    }
  }

  private long behind() {
    long batches = leader.shard().countBehind(leader.replicator().acknowledged());
    counters.behind(batches);
    return batches;
  }

  private void pumpUpTo(long number) throws IOException, InterruptedException {
    while (leader.replicator().acknowledged() < number) {
      pump();
    }
  }

  private void pump() throws IOException, InterruptedException {
    check();
    boolean _ = leader.replicator().pump();
    long _ = behind();
  }

  /// Changes the replicator's mode in this term only.
  private void change(Change mode) throws InterruptedResyncException {
    try (Turn turn = member.enterAsPrimary()) {
      if (!term.has(turn.view())) {
        throw new InterruptedResyncException("a newer map says: " + turn.view().text());
      }
      mode.run();
    } catch (MemberRefusal e) {
      throw new InterruptedResyncException(e.failure().detail());
    }
  }

  /// Of this run.
  Counters counters() {
    return counters;
  }

  /// Ends the run soon.
  void cancel(String reason) {
    cancelled = reason;
  }

  /// @throws InterruptedResyncException if it was cancelled, or a newer map says something else
  void check() throws InterruptedResyncException {
    String reason = cancelled;
    if (reason != null) {
      throw new InterruptedResyncException(reason);
    }
    String over = term.whyOver();
    if (over != null) {
      throw new InterruptedResyncException(over);
    }
  }
}
