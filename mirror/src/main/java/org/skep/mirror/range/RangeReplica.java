package org.skep.mirror.range;

import java.io.IOException;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.skep.mirror.Replica;
import org.skep.mirror.Surroundings;
import org.skep.mirror.Turn;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.FrameHeader;
import org.skep.wire.message.TargetReport;

/// What a member of a storage group holds: items that are changed by ranges. Any thread may call
/// it.
///
/// | next role | before it serves |
/// | --- | --- |
/// | PRIMARY_OF_PAIR | the secondary is made equal in the ranges of the activity log |
/// | PRIMARY_ALONE | the ranges of the activity log go to the change log |
/// | SECONDARY | both logs are cleared: it has all |
/// | PRIMARY_UNFIT, NONE | never serves |
/// | SECONDARY_STALE | at once |
public final class RangeReplica implements Replica {
  private final MemberLogs logs;
  private final TermStart starting;
  private final RangeLocks<Item> locks;
  private final Unconfirmed unconfirmed = new Unconfirmed();
  private final AbsentBuddy absent = new AbsentBuddy();
  private final GroupMember member;
  private final ForwardingMode forwarding;
  private final MemberRequests requests;

  /// Makes the target's member, too.
  ///
  /// @param client of this process, whose client id is the process's incarnation
  public RangeReplica(
      Ports ports,
      MapSource maps,
      RpcClient client,
      int targetId,
      MemberLogs logs,
      Surroundings surroundings,
      Recovery recovery) {
    this.logs = logs;
    starting = new TermStart(targetId, logs, recovery);
    locks = new RangeLocks<>(ports.clock());
    member = new GroupMember(ports, maps, client, NodeKind.STORAGE, targetId, surroundings, this);
    forwarding = new ForwardingMode(member.gate());
    requests = new MemberRequests(ports.clock(), this, member, unconfirmed, recovery);
  }

  /// Whose replica it is.
  public GroupMember member() {
    return member;
  }

  /// Changes, reads and syncs of the group's items.
  public MemberRequests requests() {
    return requests;
  }

  public MemberLogs logs() {
    return logs;
  }

  public RangeLocks<Item> locks() {
    return locks;
  }

  /// Locks out all changes and reads of the range.
  public RangeLocks<Item>.Held exclusive(Item item, Range range) throws InterruptedException {
    return locks.exclusive(item, range);
  }

  ForwardingMode forwarding() {
    return forwarding;
  }

  /// The primary said CONFIRM; the turn is one with [Access#CONFIRM].
  public void confirm(Turn turn, FrameHeader header) {
    if (turn.view().role() == Role.SECONDARY) {
      unconfirmed.confirm(header.sequence(), header.mark());
    }
  }

  /// Sets whether changes are forwarded while this member is alone; returns when all changes that
  /// began under another mode are over. Every new term begins with OFF.
  ///
  /// @param broken called (from a change's thread; must not block) when the secondary did not take
  ///   a change under BEST_EFFORT: it is in the change log again, the mode is OFF
  /// @return false if the member is not (or no longer) alone; the mode is OFF then
  public boolean forward(Forwarding mode, Runnable broken) throws InterruptedException {
    GroupView now = member.view();
    if (mode != Forwarding.OFF) {
      absent.doubt();
    }
    if (mode == Forwarding.OFF && member.alone() && !starting.unsure()) {
      // It may have stepped out as one of a pair; alone, nobody can replace it.
      member.stepIn(now);
    }
    return forwarding.set(mode, broken, () -> member.alone() && member.view().sameTerm(now));
  }

  /// Somebody wants a resync of the buddy: it is not shown as one that misses nothing any more.
  public void doubtBuddy() {
    absent.doubt();
  }

  /// A sync failed here: what was acknowledged may be lost. The logs are void; steps out.
  void becameUnsure(GroupView during, String why) {
    starting.doubt(during);
    member.stepOut(during, why);
  }

  /// After [GroupMember#stop], and after everything was synced: the logs are true also after a
  /// restart of the host.
  public void markClean() throws IOException {
    logs.markClean();
  }

  /// After [GroupMember#stop].
  public void close() throws IOException {
    logs.close();
  }

  // --- as the member calls it --------------------------------------------------------------------

  @Override
  public boolean prepare(GroupView before, GroupView next)
      throws IOException, InterruptedException {
    unconfirmed.clear();
    forwarding.reset();
    absent.begins(before, next);
    return starting.prepare(before, next);
  }

  /// As one of a pair it waits for the secondary.
  @Override
  public void cannotPrepare(GroupView next, String why) {
    member.forwarder().complain(next, why);
  }

  @Override
  public void begins(GroupView view) {
    // Everything was done when it was prepared.
  }

  @Override
  public void renewed(GroupView view) {
    absent.renewed(view);
  }

  /// Whoever waits sees the end of its turn.
  @Override
  public void ends(GroupView next) {
    // The member waits for all turns.
  }

  @Override
  public void forwarded(FrameHeader header) {
    unconfirmed.mark(header.mark());
  }

  @Override
  public boolean unsure() {
    return starting.unsure();
  }

  /// Looks as well whether a sync of others failed on the disk.
  @Override
  public void report(GroupView view, TargetReport.Builder report) {
    if (view.role() != Role.NONE && !starting.unsure() && logs.durabilityLost()) {
      becameUnsure(view, "a sync failed on its disk");
    }
    if (view.role() == Role.PRIMARY_OF_PAIR || view.role() == Role.PRIMARY_ALONE) {
      report.setBuddyMisses(!buddyHasAll(view));
      report.setResyncing(forwarding.now() != Forwarding.OFF);
    }
  }

  /// One of a Good pair has; of an absent one it must be known.
  private boolean buddyHasAll(GroupView view) {
    return (view.role() == Role.PRIMARY_OF_PAIR || absent.hasAll())
        && !logs.unsure()
        && logs.condition() == MemberLogs.Condition.SOUND
        && logs.changes().isEmpty();
  }
}
