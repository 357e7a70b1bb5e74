package org.skep.runtime.rpc;

import java.io.IOException;

/// The two sides can't work together: secrets, authentication, protocol version or cluster differ.
/// Trying again helps only when somebody changes a configuration.
public final class RefusedHandshakeException extends IOException {
  private static final long serialVersionUID = 1L;

  /// @param message says what differs
  public RefusedHandshakeException(String message) {
    super(message);
  }
}
