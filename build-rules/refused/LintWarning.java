// refused with: found raw type
package org.skep.sample;

import java.util.List;

final class LintWarning {
  private LintWarning() {}

  static int size(List names) {
    return names.size();
  }
}
