package org.skep.mirror;

import java.io.IOException;
import java.util.List;
import org.skep.mirror.GroupView.Role;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a member does between two terms, and whether it is sure of what it has. The member's thread
/// prepares; any thread may raise a doubt.
final class TermStart {
  private static final Logger LOG = LoggerFactory.getLogger(TermStart.class);
  private static final long SURE = -1;

  private final int targetId;
  private final MemberLogs logs;
  private final Recovery recovery;
  // losses of the group when this member became unsure in this life; SURE: it is not
  private volatile long unsureAtLosses = SURE;

  TermStart(int targetId, MemberLogs logs, Recovery recovery) {
    this.targetId = targetId;
    this.logs = logs;
    this.recovery = recovery;
  }

  /// Whether management is to hear that acknowledged changes may be lost here.
  boolean unsure() {
    return unsureAtLosses != SURE;
  }

  /// A sync failed: the logs are void.
  void doubt(GroupView view) {
    if (!unsure()) {
      unsureAtLosses = view.durability() - 1;
    }
    try {
      logs.makeVoid();
    } catch (IOException e) {
      LOG.error("target {}: the logs can't be made void: {}", targetId, e.getMessage());
    }
  }

  /// Settles what the last term left.
  ///
  /// @return whether the member may serve in its new role
  boolean prepare(GroupView before, Term fresh) throws IOException, InterruptedException {
    GroupView view = fresh.view;
    if (view.role() == Role.NONE) {
      return false;
    }
    logs.begin(targetId, view.groupId(), view.role() == Role.SECONDARY_STALE);
    settleDoubt(before, view);
    if (unsure()) {
      fresh.waitsFor = "management has not yet heard that acknowledged changes may be lost here";
      return false;
    }
    return switch (view.role()) {
      case PRIMARY_OF_PAIR -> beginAsPair(view);
      case PRIMARY_ALONE -> beginAlone();
      case SECONDARY -> beginAsSecondary();
      case SECONDARY_STALE -> true;
      case PRIMARY_UNFIT, NONE -> false;
    };
  }

  /// Whether management knows by now that this member was unsure. If it does, the member is stale
  /// or has become Good again by a resync, or is the best there is, and that was counted as a loss.
  private void settleDoubt(GroupView before, GroupView view) throws IOException {
    boolean good = view.role() == Role.SECONDARY || view.role() == Role.PRIMARY_OF_PAIR;
    if (!good && view.role() != Role.PRIMARY_ALONE) {
      unsureAtLosses = SURE;
      return;
    }
    if (!logs.unsure()) {
      return;
    }
    boolean counted = unsure() && view.durability() - 1 > unsureAtLosses;
    boolean first = before.role() == Role.NONE;
    boolean resynced = before.role() == Role.SECONDARY_STALE;
    if (view.role() == Role.PRIMARY_ALONE && (counted || first || resynced)) {
      LOG.warn("target {}: its logs are void: everything will be compared", targetId);
      logs.reset(true);
      unsureAtLosses = SURE;
    } else if (view.role() == Role.SECONDARY && resynced) {
      logs.reset(false);
      unsureAtLosses = SURE;
    } else if (!unsure()) {
      unsureAtLosses = view.durability() - 1;
    }
  }

  private boolean beginAsPair(GroupView view) throws IOException, InterruptedException {
    if (!logs.changes().isEmpty()) {
      throw new IOException("the secondary is Good, but the change log names what it has not");
    }
    List<ItemRange> active = logs.activity().active();
    if (!active.isEmpty()) {
      LOG.info("{}: comparing {} ranges that were being changed", view.text(), active.size());
      recovery.makeEqual(view, active);
      logs.activity().clear();
    }
    return true;
  }

  private boolean beginAlone() throws IOException {
    for (ItemRange range : logs.activity().active()) {
      logs.changes().add(range);
    }
    logs.activity().clear();
    return true;
  }

  private boolean beginAsSecondary() throws IOException {
    if (!logs.changes().isEmpty()) {
      logs.reset(false);
    } else if (!logs.activity().active().isEmpty()) {
      logs.activity().clear();
    }
    return true;
  }
}
