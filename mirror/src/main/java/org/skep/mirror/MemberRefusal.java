package org.skep.mirror;

import org.skep.wire.Failure;

/// A member does not do what it was asked for. Carries no stack trace.
public final class MemberRefusal extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient Failure failure;

  public MemberRefusal(Failure failure) {
    super(failure.detail(), null, false, false);
    this.failure = failure;
  }

  /// What the asker is answered.
  public Failure failure() {
    return failure;
  }
}
