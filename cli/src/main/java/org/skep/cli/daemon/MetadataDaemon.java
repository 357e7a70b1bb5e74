package org.skep.cli.daemon;

import java.util.List;
import org.skep.cli.service.MetadataService;
import org.skep.cli.service.Service;
import org.skep.cli.settings.CommonSettings;
import org.skep.cli.settings.DaemonSettings;
import org.skep.cli.settings.ServerSettings;
import org.skep.cluster.Endpoint;
import org.skep.cluster.StripePattern;
import org.skep.metadata.MetadataServer;
import org.skep.metadata.MetadataSettings;
import org.skep.runtime.config.Configuration;
import org.skep.runtime.config.Setting;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.rpc.ServerLimits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `skep meta`: a metadata server.
@Command(
    name = "meta",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a metadata server in the foreground, with one target or several.",
      "Each setting can stand in the configuration file (without the dashes), in the environment"
          + " (SKEP_LISTEN for --listen), or be given as an option, which wins.",
      ""
    },
    footer = {
      "",
      "Example of a first start:",
      "  skep meta --mgmtd mgmt1:8008 --targets /data/meta1 --target-ids 1 --init"
    })
public final class MetadataDaemon extends DaemonCommand {
  @Option(
      names = "--init",
      order = 3,
      description = "Makes empty or missing target directories new targets.")
  private boolean init;

  public MetadataDaemon() {}

  @Override
  String name() {
    return "meta";
  }

  @Override
  List<Setting<?>> settings() {
    return DaemonSettings.meta();
  }

  @Override
  Service service(Configuration configuration) {
    List<Targets.Wanted> targets = Targets.of(configuration);
    List<Endpoint> listen =
        Listening.of(configuration, DaemonSettings.META_LISTEN, name(), targets.getFirst().path());
    MetadataSettings settings =
        new MetadataSettings(
            value(configuration, ServerSettings.NODE_ID),
            value(configuration, ServerSettings.NODE_NAME),
            listen,
            value(configuration, CommonSettings.MGMTD),
            secret(configuration),
            init,
            pattern(configuration),
            ServerLimits.DEFAULT,
            value(configuration, ServerSettings.FAILURE_DOMAIN),
            value(configuration, DaemonSettings.SPARE_TARGETS).orElse(targets.size()));
    return new MetadataService(
        RealPorts.create(),
        settings,
        targets.stream()
            .map(one -> new MetadataServer.Directory(one.path(), one.targetId()))
            .toList());
  }

  private static StripePattern pattern(Configuration configuration) {
    return new StripePattern(
        StripePattern.DEFAULT.kind(),
        value(configuration, DaemonSettings.CHUNK_SIZE),
        value(configuration, DaemonSettings.NUM_TARGETS),
        StripePattern.DEFAULT.storagePoolId());
  }
}
