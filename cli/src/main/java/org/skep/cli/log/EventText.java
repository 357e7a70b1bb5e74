package org.skep.cli.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import org.slf4j.event.KeyValuePair;

/// What both formats say of an event.
final class EventText {
  /// Keys that say whom the event is about; they stand before the message.
  static final List<String> SUBJECTS = List.of("node", "target", "group", "shard", "client");

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private static final String PACKAGE = "org.skep.";

  private EventText() {}

  static String time(ILoggingEvent event) {
    return TIME.format(Instant.ofEpochMilli(event.getTimeStamp()));
  }

  /// The module, or the room of `runtime`, that speaks: `org.skep.storage.ChunkStore` is `storage`,
  /// `org.skep.runtime.rpc.RpcServer` is `rpc`, and other names their last part.
  static String component(String loggerName) {
    if (!loggerName.startsWith(PACKAGE)) {
      return loggerName.substring(loggerName.lastIndexOf('.') + 1);
    }
    String[] parts = loggerName.substring(PACKAGE.length()).split("\\.");
    return parts[0].equals("runtime") && parts.length > 2 ? parts[1] : parts[0];
  }

  static List<KeyValuePair> pairs(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    return pairs == null ? List.of() : pairs;
  }

  /// The failure and its causes, on one line.
  static String failure(IThrowableProxy failure) {
    StringBuilder text = new StringBuilder();
    for (IThrowableProxy one = failure; one != null; one = one.getCause()) {
      String name = one.getClassName();
      text.append(text.isEmpty() ? "" : ", caused by ")
          .append(name.substring(name.lastIndexOf('.') + 1));
      if (one.getMessage() != null) {
        text.append(": ").append(one.getMessage());
      }
    }
    return text.toString();
  }

  /// Where the failure and its causes came from.
  static void stack(IThrowableProxy failure, StringBuilder into, String indent) {
    for (IThrowableProxy one = failure; one != null; one = one.getCause()) {
      into.append(indent).append(one.getClassName()).append('\n');
      for (StackTraceElementProxy frame : one.getStackTraceElementProxyArray()) {
        into.append(indent).append("  ").append(frame.getSTEAsString()).append('\n');
      }
    }
  }

  static String value(KeyValuePair pair) {
    return Objects.toString(pair.value);
  }
}
