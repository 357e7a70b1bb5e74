// refused with: wait through the Clock or Gate port
package org.skep.sample;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

final class ForbiddenWait {
  private ForbiddenWait() {}

  static @Nullable String next(ArrayBlockingQueue<String> queue) throws InterruptedException {
    return queue.poll(1, TimeUnit.SECONDS);
  }
}
