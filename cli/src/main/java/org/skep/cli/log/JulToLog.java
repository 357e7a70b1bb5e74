package org.skep.cli.log;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/// Brings what comes by java.util.logging into the same log: warnings of libraries (gRPC), and all
/// of our modules that use `System.Logger`.
final class JulToLog extends Handler {
  private final SimpleFormatter formatter = new SimpleFormatter();

  private JulToLog() {}

  static void install() {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.WARNING);
    root.addHandler(new JulToLog());
    // Modules that log through System.Logger; the level is the log's.
    Logger.getLogger("org.skep").setLevel(Level.FINER);
  }

  @Override
  public void publish(LogRecord event) {
    String name = event.getLoggerName();
    org.slf4j.Logger log = LoggerFactory.getLogger(name == null ? "java" : name);
    String message = formatter.formatMessage(event);
    if (event.getLevel().intValue() >= Level.SEVERE.intValue()) {
      log.error(message, event.getThrown());
    } else if (event.getLevel().intValue() >= Level.WARNING.intValue()) {
      log.warn(message, event.getThrown());
    } else if (event.getLevel().intValue() >= Level.INFO.intValue()) {
      log.info(message, event.getThrown());
    } else {
      log.debug(message, event.getThrown());
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
