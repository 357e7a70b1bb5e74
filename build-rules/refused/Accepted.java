// accepted: the samples beside it are refused for their fault only, and markdown comments survive
package org.skep.sample;

/// A sample that breaks no rule.
///
/// * a list item that must stay on its line
/// * another
///
/// ```
/// layout  drawn   in   columns
/// ```
final class Accepted {
  private Accepted() {}

  /// The number one.
  static int one() {
    return 1;
  }
}
