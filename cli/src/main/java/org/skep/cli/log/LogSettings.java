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

  /// For commands that are not daemons: only what went wrong, on standard error.
  public static final LogSettings QUIET = new LogSettings(Level.WARN, Format.TEXT, null);
}
