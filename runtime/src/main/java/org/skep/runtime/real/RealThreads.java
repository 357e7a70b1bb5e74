package org.skep.runtime.real;

import org.skep.runtime.port.Threads;
import org.slf4j.LoggerFactory;

/// Daemon platform threads. What escapes from one is logged and halts the process at once, without
/// shutdown hooks: its state can't be trusted any more, and what was acknowledged survives a kill.
public final class RealThreads implements Threads {

  /// `EX_SOFTWARE` of sysexits.h.
  public static final int EXIT_BROKEN = 70;

  @Override
  public Thread start(String name, Runnable body) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .uncaughtExceptionHandler(RealThreads::halt)
        .start(body);
  }

  private static void halt(Thread thread, Throwable cause) {
    try {
      LoggerFactory.getLogger(RealThreads.class)
          .atError()
          .addKeyValue("thread", thread.getName())
          .setCause(cause)
          .log("broken: the process stops here");
    } finally {
      Runtime.getRuntime().halt(EXIT_BROKEN);
    }
  }
}
