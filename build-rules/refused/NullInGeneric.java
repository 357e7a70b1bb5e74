// refused with: [NullAway]
package org.skep.sample;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class NullInGeneric {
  private NullInGeneric() {}

  static List<String> names(List<@Nullable String> unchecked) {
    List<@Nullable String> copy = new ArrayList<>(unchecked);
    return copy;
  }
}
