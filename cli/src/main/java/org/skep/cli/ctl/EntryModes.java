package org.skep.cli.ctl;

import org.skep.cli.outcome.CommandFailure;

/// File modes as the command line has them.
final class EntryModes {
  /// The type bits of `st_mode` (inode(7)).
  static final int REGULAR = 0100000;

  static final int DIRECTORY = 0040000;

  private EntryModes() {}

  /// @throws CommandFailure if the text is no octal number of permissions
  static int parse(String octal) {
    try {
      int mode = Integer.parseInt(octal, 8);
      if (mode >= 0 && mode <= 07777) {
        return mode;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new CommandFailure("--access is \"" + octal + "\": an octal number up to 7777");
  }
}
