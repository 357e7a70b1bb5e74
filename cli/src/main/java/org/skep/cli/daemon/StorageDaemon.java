package org.skep.cli.daemon;

import java.util.List;
import org.skep.cli.service.Service;
import org.skep.cli.service.StorageService;
import org.skep.cli.settings.CommonSettings;
import org.skep.cli.settings.DaemonSettings;
import org.skep.cli.settings.ServerSettings;
import org.skep.cluster.Endpoint;
import org.skep.runtime.config.Configuration;
import org.skep.runtime.config.Setting;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.storage.StorageServer;
import org.skep.storage.StorageSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `skep storage`: a storage server.
@Command(
    name = "storage",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a storage server in the foreground, with one target or several.",
      "Each setting can stand in the configuration file (without the dashes), in the environment"
          + " (SKEP_LISTEN for --listen), or be given as an option, which wins.",
      ""
    },
    footer = {
      "",
      "Example of a first start:",
      "  skep storage --mgmtd mgmt1:8008 --targets /data/storage101 --target-ids 101 --init"
    })
public final class StorageDaemon extends DaemonCommand {
  @Option(
      names = "--init",
      order = 3,
      description = "Makes empty or missing target directories new targets.")
  private boolean init;

  public StorageDaemon() {}

  @Override
  String name() {
    return "storage";
  }

  @Override
  List<Setting<?>> settings() {
    return DaemonSettings.storage();
  }

  @Override
  Service service(Configuration configuration) {
    List<Targets.Wanted> targets = Targets.of(configuration);
    List<Endpoint> listen =
        Listening.of(
            configuration, DaemonSettings.STORAGE_LISTEN, name(), targets.getFirst().path());
    StorageSettings settings =
        new StorageSettings(
            value(configuration, ServerSettings.NODE_ID),
            value(configuration, ServerSettings.NODE_NAME),
            listen,
            value(configuration, CommonSettings.MGMTD),
            secret(configuration),
            init,
            0,
            StorageSettings.DESCRIPTORS_MAX,
            StorageSettings.SWEEP_INTERVAL_NANOS,
            StorageSettings.SWEEP_CHUNKS_PER_SECOND_MAX,
            ServerLimits.DEFAULT,
            value(configuration, ServerSettings.FAILURE_DOMAIN),
            value(configuration, DaemonSettings.RESYNC_BYTES_PER_SECOND));
    return new StorageService(
        RealPorts.create(),
        settings,
        targets.stream()
            .map(one -> new StorageServer.Directory(one.path(), one.targetId()))
            .toList());
  }
}
