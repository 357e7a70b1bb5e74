package org.skep.runtime.port;

import java.io.IOException;

/// The disk refused: an expected failure, with Linux's errno. Carries no stack trace, since a file
/// that is missing is ordinary on busy paths: the message names the call, the path and the error.
public class DiskException extends IOException {
  private static final long serialVersionUID = 1L;
  private final int errno;

  /// @param message names the path and the call
  public DiskException(int errno, String message) {
    super(message);
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
