// refused with: only the command line prints
package org.skep.sample;

final class ForbiddenConsole {
  private ForbiddenConsole() {}

  static void greet() {
    System.out.println("hello");
  }
}
