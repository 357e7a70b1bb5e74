package org.skep.cli.daemon;

import java.nio.file.Path;
import java.util.List;
import org.skep.cli.service.ManagementService;
import org.skep.cli.service.Service;
import org.skep.cli.settings.DaemonSettings;
import org.skep.management.ManagementSettings;
import org.skep.runtime.config.Configuration;
import org.skep.runtime.config.Setting;
import org.skep.runtime.real.RealPorts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `skep mgmtd`: management.
@Command(
    name = "mgmtd",
    mixinStandardHelpOptions = true,
    description = {
      "Runs management in the foreground.",
      "Each setting can stand in the configuration file (without the dashes), in the environment"
          + " (SKEP_LISTEN for --listen), or be given as an option, which wins.",
      ""
    },
    footer = {
      "",
      "Example of a first start, which creates a cluster:",
      "  skep mgmtd --dir /data/management --auth-file /etc/skep/secret --init"
    })
public final class ManagementDaemon extends DaemonCommand {
  @Option(
      names = "--init",
      order = 3,
      description = "Creates a new cluster in an empty or missing directory.")
  private boolean init;

  public ManagementDaemon() {}

  @Override
  String name() {
    return "mgmtd";
  }

  @Override
  List<Setting<?>> settings() {
    return DaemonSettings.mgmtd();
  }

  @Override
  Service service(Configuration configuration) {
    Path directory = Path.of(value(configuration, DaemonSettings.DIR));
    ManagementSettings settings =
        ManagementSettings.of(
                Listening.of(configuration, DaemonSettings.MGMTD_LISTEN, name(), directory),
                secret(configuration),
                init)
            .withOfflineTimeoutNanos(value(configuration, DaemonSettings.OFFLINE_TIMEOUT));
    return new ManagementService(RealPorts.create(), directory, settings);
  }
}
