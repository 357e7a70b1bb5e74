package org.skep.cli.locate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.runtime.config.Configuration;
import org.skep.runtime.config.ConfigurationException;
import org.skep.runtime.config.ConfigurationFile;
import org.skep.runtime.config.Setting;

/// The configuration files: where they are, and what an operator is told of mistakes in them.
public final class ConfigurationFiles {
  private static final Path DIRECTORY = Path.of("/etc/skep");

  private ConfigurationFiles() {}

  /// Where a daemon's file is if nothing else is said: `/etc/skep/DAEMON.toml`.
  public static Path standard(String daemon) {
    return DIRECTORY.resolve(daemon + ".toml");
  }

  /// @param given must be there; null: the standard one, if it is there
  /// @throws CommandFailure naming file and line
  public static @Nullable ConfigurationFile read(@Nullable Path given, Path standard) {
    Path file = given == null ? standard : given;
    if (given == null && !Files.exists(standard)) {
      return null;
    }
    try {
      return ConfigurationFile.parse(
          file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CommandFailure("cannot read the configuration: " + e.getMessage());
    } catch (ConfigurationException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  /// The effective values.
  ///
  /// @param options by key
  /// @throws CommandFailure naming where the wrong value or unknown key stands
  public static Configuration effective(
      List<Setting<?>> settings,
      Map<String, String> options,
      Map<String, String> environment,
      @Nullable ConfigurationFile file) {
    try {
      return Configuration.of(settings, options, environment, file);
    } catch (ConfigurationException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  /// One value.
  ///
  /// @throws CommandFailure if it must be given and is not
  public static <T> T get(Configuration configuration, Setting<T> setting) {
    try {
      return configuration.get(setting);
    } catch (ConfigurationException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }
}
