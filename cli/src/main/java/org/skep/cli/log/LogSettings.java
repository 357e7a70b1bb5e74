package org.skep.cli.log;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What is logged, how, and where to.
///
/// @param file appended to; null: standard error
public record LogSettings(Level level, Format format, @Nullable Path file) {

  /// Events below it are dropped.
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /// How an event is written.
  public enum Format {
    /// One line for a person.
    TEXT,
    /// One JSON object a line.
    JSON
  }

  /// For commands that are not daemons: what goes wrong is their own message.
  public static final LogSettings QUIET = new LogSettings(Level.ERROR, Format.TEXT, null);
}
