package org.skep.mirror;

import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.GroupView.Role;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;

/// Who may ask a member for what, in which role: the table of docs/design/mirroring.md, "Who may do
/// what". Called with the member's gate locked.
final class Admission {

  private Admission() {}

  /// @throws MemberRefusal if the request may not be served in this term
  static void check(
      NodeKind kind, int targetId, Term now, FrameHeader header, long sender, Access access)
      throws MemberRefusal {
    GroupView view = now.view;
    if (header.destination() != view.groupId()) {
      throw new MemberRefusal(
          Failure.notServed(
              kind.label()
                  + " target "
                  + targetId
                  + " is not in group "
                  + header.destination()
                  + " yet",
              view.mapVersion()));
    }
    if (header.epoch() != view.epoch()) {
      throw new MemberRefusal(
          header.epoch() < view.epoch() && now.next == null
              ? Failure.staleEpoch(
                  view.text() + ": the request is in epoch " + header.epoch(), view.mapVersion())
              : Failure.retry(view.text() + " is on its way to another epoch"));
    }
    checkServing(targetId, now);
    if ((header.flags() & FrameHeader.FLAG_FORWARDED) != 0) {
      checkForwarded(targetId, now, sender, access);
    } else {
      checkDirect(now, header, access);
    }
  }

  /// @throws MemberRefusal if nothing may be served now
  static void checkServing(int targetId, Term now) throws MemberRefusal {
    if (now.next != null) {
      throw new MemberRefusal(Failure.retry(now.view.text() + ": a newer map is being adopted"));
    }
    if (now.view.role() == Role.PRIMARY_UNFIT) {
      throw new MemberRefusal(
          Failure.retry(now.view.text() + " has no member that is Good and online"));
    }
    if (!now.serving || now.steppedOut) {
      throw new MemberRefusal(
          Failure.retry(now.view.text() + ": target " + targetId + ": " + now.waitsFor));
    }
  }

  private static void checkForwarded(int targetId, Term now, long sender, Access access)
      throws MemberRefusal {
    Role role = now.view.role();
    if (role != Role.SECONDARY && !(role == Role.SECONDARY_STALE && access != Access.CONFIRM)) {
      throw new MemberRefusal(notServed(now, "has target " + targetId + " not as a secondary"));
    }
    if (sender != now.view.buddyIncarnation()) {
      throw new MemberRefusal(
          Failure.retry(now.view.text() + ": the request is not from the primary's process"));
    }
  }

  private static void checkDirect(Term now, FrameHeader header, Access access)
      throws MemberRefusal {
    Role role = now.view.role();
    boolean any =
        (header.flags() & FrameHeader.FLAG_ANY_MEMBER) != 0
            && access == Access.READ
            && role == Role.SECONDARY;
    if (!any && (role.isSecondary() || role == Role.NONE)) {
      throw new MemberRefusal(notServed(now, "is served by its primary"));
    }
    if (access == Access.RESYNC || access == Access.CONFIRM) {
      throw new MemberRefusal(Failure.malformed("a request between members, from elsewhere"));
    }
  }

  static Failure notServed(Term now, String why) {
    return Failure.notServed(now.view.text() + " " + why, now.view.mapVersion());
  }
}
