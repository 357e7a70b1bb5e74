// refused with: had format violations
package org.skep.sample;

final class Unformatted {
      private Unformatted() {}
}
