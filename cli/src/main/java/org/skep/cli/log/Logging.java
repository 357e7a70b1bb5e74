package org.skep.cli.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Context;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.skep.cli.outcome.CommandFailure;
import org.slf4j.LoggerFactory;

/// Sets up the process's log. Until [#start] it is [LogSettings#QUIET].
public final class Logging {

  /// Libraries that tell their whole life at INFO: only their warnings are of interest.
  private static final List<String> TALKATIVE = List.of("org.apache.ratis", "io.grpc", "io.netty");

  private Logging() {}

  /// Logs as told from now on, for the whole process.
  ///
  /// @throws CommandFailure if the log file can't be opened
  public static void start(LogSettings settings) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    apply(context, settings);
    JulToLog.install();
  }

  /// Writes out what is still held and closes the file.
  public static void stop() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  static void apply(LoggerContext context, LogSettings settings) {
    OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
    appender.setContext(context);
    appender.setEncoder(encoder(context, settings.format()));
    appender.setOutputStream(output(settings));
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Level level = Level.toLevel(settings.level().name());
    root.setLevel(level);
    root.addAppender(appender);
    for (String name : TALKATIVE) {
      context.getLogger(name).setLevel(level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN);
    }
  }

  private static Encoder<ILoggingEvent> encoder(Context context, LogSettings.Format format) {
    Encoder<ILoggingEvent> encoder =
        switch (format) {
          case TEXT -> new EventLine();
          case JSON -> new EventJson();
        };
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  private static OutputStream output(LogSettings settings) {
    if (settings.file() == null) {
      return new Unclosed();
    }
    try {
      // O_APPEND: a log rotated by copy and truncate stays in order.
      return Files.newOutputStream(
          settings.file(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new CommandFailure("cannot write the log file: " + e.getMessage());
    }
  }

  /// Standard error, which stays open when the log is set up anew.
  private static final class Unclosed extends OutputStream {
    @Override
    public void write(int oneByte) {
      System.err.write(oneByte);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      System.err.write(bytes, offset, length);
    }

    @Override
    public void flush() {
      System.err.flush();
    }
  }
}
