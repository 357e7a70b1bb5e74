package org.skep.cli.locate;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say which cluster a command means; to be mixed into a command.
public final class ClusterOptions {
  @Option(
      names = {"--mgmtd", "--sysMgmtdHost"},
      paramLabel = "ADDRESS",
      description =
          "Where management is: host:port or unix:/path, several with commas. Otherwise: --dir,"
              + " SKEP_MGMTD, the mount that PATH is on, the configuration, or the cluster of a"
              + " `skep up` in ./skep-data.")
  private @Nullable String management;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The directory of a running `skep up`.")
  private @Nullable Path directory;

  @Option(
      names = {"--config", "--cfgFile"},
      paramLabel = "FILE",
      description = "The configuration file (default: /etc/skep/mount.toml, if it is there).")
  private @Nullable Path configuration;

  @Option(
      names = {"--auth-file", "--connAuthFile"},
      paramLabel = "FILE",
      description = "The file with the cluster's secret.")
  private @Nullable Path authFile;

  @Option(names = "--no-auth", description = "The cluster runs without authentication.")
  private boolean noAuth;

  /// What was given; `path` is a file or directory that the command is about, if it is about one.
  public ClusterSearch.Wanted wanted(Optional<Path> path) {
    return new ClusterSearch.Wanted(
        Optional.ofNullable(management),
        Optional.ofNullable(directory),
        Optional.ofNullable(configuration),
        Optional.ofNullable(authFile),
        noAuth,
        path);
  }

  /// Finds the cluster from here.
  ///
  /// @throws org.skep.cli.outcome.CommandFailure if none is found
  public ClusterLocation find(Optional<Path> path) {
    return ClusterSearch.ofThisProcess().find(wanted(path));
  }
}
