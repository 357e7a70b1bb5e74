// refused with: [ReturnValueIgnored]
package org.skep.sample;

final class IgnoredResult {
  private IgnoredResult() {}

  static String upper(String name) {
    name.strip();
    return name;
  }
}
