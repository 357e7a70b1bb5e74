package org.skep.runtime.config;

/// The operator gave something wrong: the message is one line that says what, where and what is
/// allowed.
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigurationException(String message) {
    super(message);
  }
}
