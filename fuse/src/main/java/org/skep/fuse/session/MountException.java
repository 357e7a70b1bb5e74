package org.skep.fuse.session;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Mounting or unmounting failed. The message is one line that says what is wrong and what to do.
public final class MountException extends IOException {
  private static final long serialVersionUID = 1L;

  MountException(String message) {
    super(message);
  }

  MountException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
