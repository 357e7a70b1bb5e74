package org.skep.storage.resync;

/// The run can't go on: one of the members, its role or the line between them is not what it was.
/// What was made equal stays so. Carries no stack trace.
final class InterruptedResyncException extends Exception {
  private static final long serialVersionUID = 1L;

  InterruptedResyncException(String reason) {
    super(reason, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
