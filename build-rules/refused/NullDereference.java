// refused with: [NullAway] dereferenced expression
package org.skep.sample;

import org.jspecify.annotations.Nullable;

final class NullDereference {
  private NullDereference() {}

  static int length(@Nullable String name) {
    return name.length();
  }
}
