package org.skep.simulation.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/// A logger of the product that writes to the current [EventLog].
final class EventLogger extends AbstractLogger implements LoggingEventAware {
  private static final long serialVersionUID = 1L;

  EventLogger(String name) {
    this.name = name;
  }

  private static boolean isOn(Level level) {
    EventLog log = EventLog.current();
    int least = log != null && log.isVerbose() ? Level.DEBUG.toInt() : Level.INFO.toInt();
    return log != null && level.toInt() >= least;
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable throwable) {
    EventLog log = EventLog.current();
    if (log != null) {
      String text = MessageFormatter.basicArrayFormat(pattern, arguments);
      log.event(
          level + " " + shortName() + ": " + text + (throwable == null ? "" : " " + throwable));
    }
  }

  private String shortName() {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  @Override
  public void log(LoggingEvent event) {
    StringBuilder text = new StringBuilder(event.getMessage());
    if (event.getKeyValuePairs() != null) {
      event.getKeyValuePairs().forEach(pair -> text.append(' ').append(pair));
    }
    handleNormalizedLoggingCall(
        event.getLevel(), null, text.toString(), event.getArgumentArray(), event.getThrowable());
  }

  @Override
  public boolean isTraceEnabled() {
    return false;
  }

  @Override
  public boolean isTraceEnabled(Marker marker) {
    return false;
  }

  @Override
  public boolean isDebugEnabled() {
    return isOn(Level.DEBUG);
  }

  @Override
  public boolean isDebugEnabled(Marker marker) {
    return isOn(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return isOn(Level.INFO);
  }

  @Override
  public boolean isInfoEnabled(Marker marker) {
    return isOn(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return isOn(Level.WARN);
  }

  @Override
  public boolean isWarnEnabled(Marker marker) {
    return isOn(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return isOn(Level.ERROR);
  }

  @Override
  public boolean isErrorEnabled(Marker marker) {
    return isOn(Level.ERROR);
  }
}
