package org.skep.linux;

import java.io.IOException;

/// A system call failed. Carries no stack trace, since time-outs and refused connections are
/// ordinary on busy paths: the message names the call, what it was about, and the error.
public final class SystemCallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Errno errno;
  private final String call;

  /// `call` is the C name (`connect`), `subject` a path or address, empty if there's none.
  public SystemCallException(String call, String subject, Errno errno) {
    super(
        call
            + (subject.isEmpty() ? "" : " " + subject)
            + ": "
            + errno.text()
            + " ("
            + errno.name()
            + ")");
    this.errno = errno;
    this.call = call;
  }

  public SystemCallException(String call, Errno errno) {
    this(call, "", errno);
  }

  public Errno errno() {
    return errno;
  }

  /// The C name of the call that failed.
  public String call() {
    return call;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
