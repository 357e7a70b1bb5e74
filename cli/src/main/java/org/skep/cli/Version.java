package org.skep.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// What `skep --version` says: Skep's version as Maven knows it, and the Java runtime it runs on.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"skep " + skepVersion() + " (Java " + Runtime.version() + ")"};
  }

  /// The version of this build, for example `0.1.0`.
  static String skepVersion() {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      if (in == null) {
        throw new IllegalStateException("version.properties is missing beside " + Version.class);
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }
}
