package org.skep.cli.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.skep.cli.json.JsonText;
import org.slf4j.event.KeyValuePair;

/// An event as one JSON object a line: `time`, `level`, `component`, `logger`, `thread`, `message`,
/// then the event's own keys, and `failure` and `stack`.
final class EventJson extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = new byte[0];

  @Override
  public byte[] encode(ILoggingEvent event) {
    return (line(event) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  static String line(ILoggingEvent event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("time", EventText.time(event));
    fields.put("level", event.getLevel().toString());
    fields.put("component", EventText.component(event.getLoggerName()));
    fields.put("logger", event.getLoggerName());
    fields.put("thread", event.getThreadName());
    fields.put("message", event.getFormattedMessage());
    for (KeyValuePair pair : EventText.pairs(event)) {
      boolean exact = pair.value instanceof Number || pair.value instanceof Boolean;
      fields.putIfAbsent(pair.key, exact ? pair.value : EventText.value(pair));
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      fields.put("failure", EventText.failure(failure));
      StringBuilder stack = new StringBuilder();
      EventText.stack(failure, stack, "");
      fields.put("stack", stack.toString());
    }
    return JsonText.of(fields);
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
