package org.skep.metadata.resync;

import java.io.IOException;

/// A resync can't go on, for a reason that is no failure: it is tried again.
final class InterruptedResyncException extends IOException {
  private static final long serialVersionUID = 1L;

  InterruptedResyncException(String reason) {
    super(reason);
  }
}
