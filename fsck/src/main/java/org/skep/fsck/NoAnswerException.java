package org.skep.fsck;

/// A server did not answer, or refused, so that a part of the check can't be made.
final class NoAnswerException extends Exception {
  private final int errno;

  /// @param errno that it answered, 0 if it is none of the operation's own
  NoAnswerException(String what, int errno) {
    super(what);
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
