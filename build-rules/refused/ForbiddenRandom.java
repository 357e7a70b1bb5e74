// refused with: randomness comes from the Chance port
package org.skep.sample;

import java.util.Random;

final class ForbiddenRandom {
  private ForbiddenRandom() {}

  static Random of() {
    return new Random();
  }
}
