// refused with: [UnusedVariable]
package org.skep.sample;

final class ErrorProneWarning {
  private ErrorProneWarning() {}

  static int one() {
    int two = 2;
    return 1;
  }
}
