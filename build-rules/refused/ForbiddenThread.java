// refused with: threads come from the Threads port
package org.skep.sample;

final class ForbiddenThread {
  private ForbiddenThread() {}

  static Thread of(Runnable work) {
    return Thread.ofVirtual().unstarted(work);
  }
}
