package org.skep.mirror.resync;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.FailureMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of a run: both members are equal and stay so, which management has to be told. Used by
/// the thread of the [ResyncLoop] only.
public final class HandOver {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);
  private static final long AGAIN_NANOS = 1_000_000_000L;

  private final GroupMember member;
  private final ResyncManagement management;
  private final BooleanSupplier stopped;
  private boolean open;

  /// @param stopped whether the server stops
  public HandOver(GroupMember member, ResyncManagement management, BooleanSupplier stopped) {
    this.member = member;
    this.management = management;
    this.stopped = stopped;
  }

  /// Another run begins.
  public void begin() {
    open = false;
  }

  /// Whether management may know already that the secondary has everything. As long as that is
  /// open, this member must not go on alone, whoever wants to end the run: the secondary may be
  /// Good.
  public boolean isOpen() {
    return open;
  }

  /// Tells management until it knows, or a newer map, or its refusal, says otherwise.
  ///
  /// @param view of the run
  /// @return null if the secondary is Good now, else why it is not
  public @Nullable String run(GroupView view) throws InterruptedException {
    open = true;
    while (member.view().sameTerm(view)) {
      if (stopped.getAsBoolean()) {
        return "the server stops";
      }
      String refusal = tell(view);
      if (refusal != null) {
        open = false;
        return "management refuses: " + refusal;
      }
      GroupView seen = member.view();
      if (seen.sameTerm(view)) {
        member.awaitView(seen, AGAIN_NANOS);
      }
    }
    open = false;
    return member.view().role() == GroupView.Role.PRIMARY_OF_PAIR
        ? null
        : "a newer map says: " + member.view().text();
  }

  /// Only EBUSY says that the secondary is not Good: any other refusal, above all ESTALE, may be
  /// the second answer to a request whose first one was lost. A newer map is on its way then.
  ///
  /// @return why the secondary is not Good, or null
  private @Nullable String tell(GroupView view) throws InterruptedException {
    Target buddy = view.buddy();
    try {
      Answer<Empty> answer =
          management.resynced(view.groupId(), view.epoch(), buddy == null ? 0 : buddy.id());
      if (answer instanceof Answer.Refused<Empty>(Failure failure)) {
        if (failure.kind() == FailureMessage.Kind.ERRNO
            && failure.errno() == Errno.EBUSY.number()) {
          return failure.detail();
        }
        LOG.info("{}: waiting for a newer map: {}", view.text(), failure.detail());
      }
    } catch (IOException e) {
      LOG.info("{}: management does not know yet: {}", view.text(), e.getMessage());
    }
    return null;
  }
}
