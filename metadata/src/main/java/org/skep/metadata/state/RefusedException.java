package org.skep.metadata.state;

import org.skep.linux.Errno;
import org.skep.wire.Failure;

/// An operation ends with an expected failure: carries the value up to the one place that answers.
/// Has no stack trace, as it is no error of the program.
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient Failure failure;

  public RefusedException(Failure failure) {
    super(failure.detail(), null, false, false);
    this.failure = failure;
  }

  public RefusedException(Errno errno, String detail) {
    this(Failure.errno(errno.number(), errno.name() + ": " + detail));
  }

  public Failure failure() {
    return failure;
  }
}
