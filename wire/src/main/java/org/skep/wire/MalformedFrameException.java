package org.skep.wire;

import java.io.IOException;

/// The peer broke the protocol: the connection can't be used any more and is closed.
public final class MalformedFrameException extends IOException {
  private static final long serialVersionUID = 1L;

  public MalformedFrameException(String message) {
    super(message);
  }
}
