package org.skep.client;

import java.io.IOException;

/// An expected failure of a file system operation, with Linux's errno; cheap to make, without a
/// stack trace.
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int errno;
  private final transient Runnable undelivered;

  /// @param detail names the thing and what is wrong
  public ErrnoException(int errno, String detail) {
    this(errno, detail, () -> {});
  }

  /// @param undelivered what [#undelivered] does; must not block
  public ErrnoException(int errno, String detail, Runnable undelivered) {
    super(detail);
    this.errno = errno;
    this.undelivered = undelivered;
  }

  /// Says that nobody has heard of this failure, as the caller did not wait for it any more. One
  /// that is told once only will be told again then.
  public void undelivered() {
    undelivered.run();
  }

  public int errno() {
    return errno;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
