package org.skep.cli.daemon;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.skep.cli.locate.ClusterLocation;
import org.skep.cli.locate.ClusterSearch;
import org.skep.cli.service.MountService;
import org.skep.cli.service.Service;
import org.skep.cli.settings.CommonSettings;
import org.skep.cli.settings.DaemonSettings;
import org.skep.client.DataSettings;
import org.skep.client.system.ClusterClient;
import org.skep.fuse.session.MountOptions;
import org.skep.linux.Processes;
import org.skep.mount.MountSettings;
import org.skep.runtime.config.Configuration;
import org.skep.runtime.config.Setting;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `skep mount`: a mount.
@Command(
    name = "mount",
    mixinStandardHelpOptions = true,
    description = {
      "Mounts a cluster and serves the mount in the foreground, until it is unmounted or stopped.",
      "Each setting can stand in the configuration file (without the dashes), in the environment"
          + " (SKEP_IO_TIMEOUT for --io-timeout), or be given as an option, which wins.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  skep mount --mgmtd mgmt1:8008 /mnt/skep -o allow_other,noatime",
      "  skep mount /tmp/second             the cluster of a `skep up` in ./skep-data, once more",
      "  mount -t fuse.skep mgmt1:8008 /mnt/skep -o skep.io-timeout=0"
    })
public final class MountDaemon extends DaemonCommand {
  @Parameters(paramLabel = "MOUNTPOINT", description = "An empty directory.")
  private Path mountPoint;

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      order = 3,
      description =
          "Options of mount(8): ro, nodev, nosuid, noexec, noatime, allow_other (root's default),"
              + " noallow_other, nodefault_permissions, fsname=NAME, max_read=BYTES.")
  private List<String> mountOptions = new ArrayList<>();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      order = 3,
      description = "The directory of a running `skep up` whose cluster is to be mounted.")
  private @Nullable Path directory;

  @SuppressWarnings("NullAway.Init") // picocli sets the mount point before it runs the command
  public MountDaemon() {}

  @Override
  String name() {
    return "mount";
  }

  @Override
  List<Setting<?>> settings() {
    return DaemonSettings.mount();
  }

  @Override
  Service service(Configuration configuration) {
    ClusterLocation location = locate(configuration);
    String source = location.management().getFirst().toString();
    boolean others = Processes.effectiveUserId() == 0;
    MountOptions options = MountFlags.parse(mountOptions, source, others);
    Ports ports = RealPorts.create();
    ClusterClient.Settings client =
        new ClusterClient.Settings(
            location.management(),
            location.secret(),
            ports.network().hostName() + ":" + mountPoint.toAbsolutePath().normalize(),
            ClusterClient.Settings.CONNECT_NANOS,
            data(configuration));
    MountSettings mount =
        new MountSettings(
            value(configuration, DaemonSettings.NAME_CACHE),
            value(configuration, DaemonSettings.ATTRIBUTE_CACHE),
            0);
    return new MountService(ports, client, mountPoint, options, mount);
  }

  private ClusterLocation locate(Configuration configuration) {
    Optional<String> management =
        configuration.isGiven(CommonSettings.MGMTD)
            ? Optional.of(
                value(configuration, CommonSettings.MGMTD).stream()
                    .map(Object::toString)
                    .collect(Collectors.joining(",")))
            : Optional.empty();
    String authFile = value(configuration, CommonSettings.AUTH_FILE);
    return ClusterSearch.ofThisProcess()
        .find(
            new ClusterSearch.Wanted(
                management,
                Optional.ofNullable(directory),
                Optional.empty(),
                authFile.isEmpty() ? Optional.empty() : Optional.of(Path.of(authFile)),
                !value(configuration, CommonSettings.AUTH),
                Optional.empty()));
  }

  private static DataSettings data(Configuration configuration) {
    return DataSettings.DEFAULT
        .withIoTimeoutNanos(value(configuration, DaemonSettings.IO_TIMEOUT))
        .withWriteBehindBytes(value(configuration, DaemonSettings.WRITE_BEHIND))
        .withReadAheadBytes(value(configuration, DaemonSettings.READ_AHEAD))
        .withAtime(value(configuration, DaemonSettings.ATIME));
  }
}
