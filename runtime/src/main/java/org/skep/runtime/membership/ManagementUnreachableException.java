package org.skep.runtime.membership;

import java.io.IOException;

/// No peer of management answered in time; the message says where and why.
public final class ManagementUnreachableException extends IOException {
  private static final long serialVersionUID = 1L;

  public ManagementUnreachableException(String message) {
    super(message);
  }
}
