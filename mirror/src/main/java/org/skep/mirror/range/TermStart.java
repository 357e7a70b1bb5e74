package org.skep.mirror.range;

import java.io.IOException;
import java.util.List;
import org.skep.mirror.Doubt;
import org.skep.mirror.GroupView;
import org.skep.mirror.GroupView.Role;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a member does between two terms, and whether it is sure of what it has. The member's thread
/// prepares; any thread may raise a doubt.
final class TermStart {
  private static final Logger LOG = LoggerFactory.getLogger(TermStart.class);

  private final int targetId;
  private final MemberLogs logs;
  private final Recovery recovery;
  private final Doubt doubt = new Doubt();

  TermStart(int targetId, MemberLogs logs, Recovery recovery) {
    this.targetId = targetId;
    this.logs = logs;
    this.recovery = recovery;
  }

  /// Whether management is to hear that acknowledged changes may be lost here.
  boolean unsure() {
    return doubt.stands();
  }

  /// A sync failed: the logs are void.
  void doubt(GroupView view) {
    doubt.raise(view);
    try {
      logs.makeVoid();
    } catch (IOException e) {
      LOG.error("target {}: the logs can't be made void: {}", targetId, e.getMessage());
    }
  }

  /// Settles what the last term left.
  ///
  /// @return whether the member may serve in its new role
  boolean prepare(GroupView before, GroupView view) throws IOException, InterruptedException {
    if (view.role() == Role.NONE) {
      return false;
    }
    logs.begin(targetId, view.groupLifeId(), view.role() == Role.SECONDARY_STALE);
    settleDoubt(before, view);
    if (unsure()) {
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

  private void settleDoubt(GroupView before, GroupView view) throws IOException {
    if (!doubt.canSettle(before, view, logs.unsure())) {
      return;
    }
    if (view.role() == Role.PRIMARY_ALONE) {
      LOG.warn("target {}: its logs are void: everything will be compared", targetId);
      logs.reset(true);
    } else {
      logs.reset(false);
    }
    doubt.settled();
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
