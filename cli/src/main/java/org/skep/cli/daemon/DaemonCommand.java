package org.skep.cli.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.skep.cli.locate.ClusterLocation;
import org.skep.cli.locate.ConfigurationFiles;
import org.skep.cli.log.LogSettings;
import org.skep.cli.log.Logging;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.service.Service;
import org.skep.cli.settings.CommonSettings;
import org.skep.runtime.config.Configuration;
import org.skep.runtime.config.Setting;
import org.skep.wire.Secret;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A daemon in the foreground. Its settings come from options, environment and file.
public abstract class DaemonCommand implements Callable<Integer> {
  private static final Path STANDARD_SECRET = Path.of("/etc/skep/secret");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      order = 1,
      description = "The configuration file (default: /etc/skep/${COMMAND-NAME}.toml).")
  private @Nullable Path configurationFile;

  @Option(
      names = "--print-config",
      order = 2,
      description = "Prints the effective configuration and where each value comes from, and ends.")
  private boolean printConfiguration;

  @Option(names = "--no-auth", order = 4, description = "The same as --auth=false.")
  private boolean noAuth;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields before it runs the command
  DaemonCommand() {}

  abstract String name();

  abstract List<Setting<?>> settings();

  /// The service as configured, not started.
  abstract Service service(Configuration configuration);

  /// The command with an option for each of its settings.
  public static CommandSpec specOf(DaemonCommand command) {
    CommandSpec spec = CommandSpec.forAnnotatedObject(command);
    spec.usageMessage().sortOptions(false);
    int order = 10;
    for (Setting<?> setting : command.settings()) {
      String preset = setting.defaultText();
      String suffix =
          preset == null
              ? " (must be given)"
              : preset.isEmpty() ? "" : " (default: " + preset + ")";
      spec.addOption(
          OptionSpec.builder(setting.option())
              .paramLabel(setting.type().list() ? "VALUE[,VALUE...]" : "VALUE")
              .type(String.class)
              .order(order++)
              .description(setting.explanation().replace("%", "%%") + suffix)
              .build());
    }
    return spec;
  }

  @Override
  public final Integer call() {
    Configuration configuration = configuration();
    if (printConfiguration) {
      spec.commandLine().getOut().print(configuration.print());
      spec.commandLine().getOut().flush();
      return ExitCode.DONE;
    }
    Logging.start(logSettings(configuration));
    Service service = service(configuration);
    try (PidFile pidFile = new PidFile(value(configuration, CommonSettings.PID_FILE))) {
      return Life.run(service, new Announcer(pidFile));
    }
  }

  /// Says on standard output when it serves: one line that a starter can wait for.
  private final class Announcer implements Life.Listener {
    private final PidFile pidFile;

    Announcer(PidFile pidFile) {
      this.pidFile = pidFile;
    }

    @Override
    public void ready(String description) {
      pidFile.write();
      spec.commandLine().getOut().println("ready: " + description);
      spec.commandLine().getOut().flush();
      LoggerFactory.getLogger(DaemonCommand.class).info("{} is ready: {}", name(), description);
    }

    @Override
    public void stopping() {
      LoggerFactory.getLogger(DaemonCommand.class).info("{} stops", name());
    }

    @Override
    public void stopped() {
      pidFile.close();
    }

    @Override
    public void failed(CommandFailure failure) {
      spec.commandLine().getErr().println("skep: " + failure.getMessage());
      spec.commandLine().getErr().flush();
    }
  }

  private Configuration configuration() {
    Map<String, String> options = new HashMap<>();
    for (Setting<?> setting : settings()) {
      @Nullable String value =
          spec.commandLine().getParseResult().matchedOptionValue(setting.option(), null);
      if (value != null) {
        options.put(setting.key(), value);
      }
    }
    if (noAuth) {
      options.put(CommonSettings.AUTH.key(), "false");
    }
    return ConfigurationFiles.effective(
        settings(),
        options,
        System.getenv(),
        ConfigurationFiles.read(configurationFile, ConfigurationFiles.standard(name())));
  }

  /// A value; an empty `mgmtd` and the like are the daemon's to refuse.
  static <T> T value(Configuration configuration, Setting<T> setting) {
    return ConfigurationFiles.get(configuration, setting);
  }

  private static LogSettings logSettings(Configuration configuration) {
    String file = value(configuration, CommonSettings.LOG_FILE);
    return new LogSettings(
        value(configuration, CommonSettings.LOG_LEVEL),
        value(configuration, CommonSettings.LOG_FORMAT),
        file.isEmpty() ? null : Path.of(file));
  }

  /// The secret; null: authentication is off.
  ///
  /// @throws CommandFailure if there is none and it is on
  static @Nullable Secret secret(Configuration configuration) {
    Optional<Path> file = authFile(configuration);
    file.ifPresent(DaemonCommand::warnIfOpen);
    return file.map(ClusterLocation::readSecret).orElse(null);
  }

  /// Who can read the secret can read and write everything.
  private static void warnIfOpen(Path authFile) {
    try {
      String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(authFile));
      if (!permissions.endsWith("---")) {
        LoggerFactory.getLogger(DaemonCommand.class)
            .warn("others can read the auth-file {}: chmod o-rwx it", authFile);
      }
    } catch (IOException | UnsupportedOperationException e) {
      // Reading it says what is wrong.
    }
  }

  private static Optional<Path> authFile(Configuration configuration) {
    if (!value(configuration, CommonSettings.AUTH)) {
      return Optional.empty();
    }
    String file = value(configuration, CommonSettings.AUTH_FILE);
    if (!file.isEmpty()) {
      return Optional.of(Path.of(file));
    }
    if (Files.exists(STANDARD_SECRET)) {
      return Optional.of(STANDARD_SECRET);
    }
    throw new CommandFailure(
        "no secret: set auth-file (for example: head -c 32 /dev/urandom | base64 > "
            + STANDARD_SECRET
            + "; chmod 600 it, and copy it to all hosts), or switch authentication off with"
            + " --no-auth");
  }
}
