package org.skep.cli.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import org.slf4j.event.KeyValuePair;

/// An event as one line:
///
/// ```
/// 2026-11-22T03:04:05.678Z INFO storage target 101: ready chunks=12 path="/data/a b"
/// ```
///
/// Line breaks and other control characters of what was logged are escaped, so that nobody can
/// forge a line. An ERROR's stack follows, indented.
final class EventLine extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = new byte[0];

  @Override
  public byte[] encode(ILoggingEvent event) {
    return line(event).getBytes(StandardCharsets.UTF_8);
  }

  static String line(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(200);
    line.append(EventText.time(event)).append(' ').append(event.getLevel()).append(' ');
    line.append(EventText.component(event.getLoggerName()));
    for (KeyValuePair pair : EventText.pairs(event)) {
      if (EventText.SUBJECTS.contains(pair.key)) {
        line.append(' ').append(pair.key).append(' ');
        escape(EventText.value(pair), line);
      }
    }
    escape(": " + event.getFormattedMessage(), line);
    for (KeyValuePair pair : EventText.pairs(event)) {
      if (!EventText.SUBJECTS.contains(pair.key)) {
        append(line, pair.key, EventText.value(pair));
      }
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      append(line, "failure", EventText.failure(failure));
    }
    line.append('\n');
    if (failure != null && event.getLevel().isGreaterOrEqual(Level.ERROR)) {
      EventText.stack(failure, line, "  ");
    }
    return line.toString();
  }

  private static void append(StringBuilder line, String key, String value) {
    line.append(' ').append(key).append('=');
    boolean plain =
        !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c != '"' && c != '=');
    if (plain) {
      escape(value, line);
    } else {
      line.append('"');
      escape(value.replace("\\", "\\\\").replace("\"", "\\\""), line);
      line.append('"');
    }
  }

  private static void escape(String text, StringBuilder into) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> into.append("\\n");
        case '\r' -> into.append("\\r");
        case '\t' -> into.append("\\t");
        default -> {
          if (Character.isISOControl(c)) {
            into.append(String.format("\\u%04x", (int) c));
          } else {
            into.append(c);
          }
        }
      }
    }
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
