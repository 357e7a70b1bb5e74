package org.skep.mirror;

import org.jspecify.annotations.Nullable;

/// A time in which a member's role stays the same; see [GroupMember]. What is not volatile is
/// guarded by the member's gate.
final class Term {
  volatile GroupView view;
  volatile @Nullable GroupView next;
  volatile boolean serving;
  volatile boolean steppedOut;
  volatile String waitsFor = "the member begins its role";
  int running;

  Term(GroupView view) {
    this.view = view;
  }

  /// The newest one of the term: the buddy's process may be another one than at its beginning.
  GroupView view() {
    return view;
  }

  /// What the newest map says, if the term has ended; else null.
  @Nullable GroupView next() {
    return next;
  }

  /// Whether the member can't take part any more and waits for the term's end.
  boolean steppedOut() {
    return steppedOut;
  }
}
