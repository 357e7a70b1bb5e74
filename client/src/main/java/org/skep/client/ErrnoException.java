package org.skep.client;

import java.io.IOException;

/// An expected failure of a file system operation, with Linux's errno; cheap to make, without a
/// stack trace.
public final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int errno;

  /// @param detail names the thing and what is wrong
  public ErrnoException(int errno, String detail) {
    super(detail);
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
