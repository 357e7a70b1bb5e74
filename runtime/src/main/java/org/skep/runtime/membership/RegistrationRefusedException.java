package org.skep.runtime.membership;

import org.skep.wire.Failure;

/// Management won't have this server as it is: an id is taken, the directory is another cluster's.
/// The message is for the operator; trying again does not help.
public final class RegistrationRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  public RegistrationRefusedException(Failure failure) {
    super(failure.detail());
  }
}
