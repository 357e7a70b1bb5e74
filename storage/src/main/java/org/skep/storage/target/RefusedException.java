package org.skep.storage.target;

import org.skep.wire.Failure;

/// A request is answered with a failure. Carries no stack trace.
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient Failure failure;

  public RefusedException(Failure failure) {
    super(failure.detail(), null, false, false);
    this.failure = failure;
  }

  public Failure failure() {
    return failure;
  }
}
