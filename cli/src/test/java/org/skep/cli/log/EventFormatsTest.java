package org.skep.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

final class EventFormatsTest {
  private static final String STORE = "org.skep.storage.chunk.ChunkStore";

  @Test
  void oneLineWithSubjectBeforeTheMessage() {
    LoggingEvent event = event(STORE, Level.INFO, "ready");
    event.addKeyValuePair(new KeyValuePair("chunks", 12));
    event.addKeyValuePair(new KeyValuePair("target", 101));
    event.addKeyValuePair(new KeyValuePair("path", "/data/a b"));
    assertThat(EventLine.line(event))
        .isEqualTo(
            "2026-11-22T03:04:05.678Z INFO storage target 101: ready chunks=12"
                + " path=\"/data/a b\"\n");
  }

  @Test
  void nobodyForgesALine() {
    LoggingEvent event = event(STORE, Level.WARN, "refused a\nb\u001b[2J");
    event.addKeyValuePair(new KeyValuePair("name", "x\" y\n"));
    assertThat(EventLine.line(event))
        .isEqualTo(
            "2026-11-22T03:04:05.678Z WARN storage: refused a\\nb\\u001b[2J"
                + " name=\"x\\\" y\\n\"\n");
  }

  @Test
  void theComponentIsTheModuleOrTheRoomOfRuntime() {
    assertThat(EventText.component("org.skep.runtime.rpc.RpcServer")).isEqualTo("rpc");
    assertThat(EventText.component("org.skep.management.ManagementServer")).isEqualTo("management");
    assertThat(EventText.component("org.apache.ratis.server.RaftServer")).isEqualTo("RaftServer");
  }

  @Test
  void aWarningKeepsItsLineAnErrorShowsItsStack() {
    IOException failure = new IOException("outer", new IllegalStateException("inner"));
    LoggingEvent warning = event(STORE, Level.WARN, "failed", failure);
    assertThat(EventLine.line(warning))
        .endsWith(
            ": failed failure=\"IOException: outer, caused by IllegalStateException: inner\"\n")
        .hasLineCount(1);
    assertThat(EventLine.line(event(STORE, Level.ERROR, "failed", failure)))
        .contains("\n  java.io.IOException\n    ")
        .contains("aWarningKeepsItsLine");
  }

  @Test
  void jsonHasTheSameKeys() {
    LoggingEvent event = event(STORE, Level.INFO, "ready \"now\"");
    event.addKeyValuePair(new KeyValuePair("target", 101));
    event.addKeyValuePair(new KeyValuePair("path", "/a\n"));
    event.setThreadName("main");
    assertThat(EventJson.line(event))
        .isEqualTo(
            "{\"time\":\"2026-11-22T03:04:05.678Z\",\"level\":\"INFO\",\"component\":\"storage\","
                + "\"logger\":\"org.skep.storage.chunk.ChunkStore\",\"thread\":\"main\","
                + "\"message\":\"ready \\\"now\\\"\",\"target\":101,\"path\":\"/a\\u000a\"}");
  }

  private static LoggingEvent event(String logger, Level level, String message) {
    return event(logger, level, message, null);
  }

  private static LoggingEvent event(String logger, Level level, String message, Throwable failure) {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent("", context.getLogger(logger), level, message, failure, new Object[0]);
    event.setInstant(Instant.parse("2026-11-22T03:04:05.678Z"));
    return event;
  }
}
