// refused with: only the command line ends the process
package org.skep.sample;

final class ForbiddenExit {
  private ForbiddenExit() {}

  static void stop() {
    System.exit(1);
  }
}
