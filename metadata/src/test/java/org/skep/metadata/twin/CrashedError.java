package org.skep.metadata.twin;

/// The process died here: unwinds what it was doing. No catch of the product takes it.
public final class CrashedError extends Error {
  private static final long serialVersionUID = 1L;

  public CrashedError(String message) {
    super(message);
  }
}
