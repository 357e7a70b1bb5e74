package org.skep.cli.locate;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.settings.CommonSettings;
import org.skep.cli.settings.DaemonSettings;
import org.skep.cluster.Endpoint;
import org.skep.runtime.config.Configuration;

/// Finds the cluster that a command means. The first of these that says where management is:
///
/// 1. the option `--mgmtd`
/// 2. the option `--dir`: what a `skep up` wrote there
/// 3. the environment's `SKEP_MGMTD`
/// 4. the mount that the command's path is on
/// 5. the configuration file
/// 6. a `skep up` in `./skep-data`
///
/// The secret is where an option, the environment or the configuration says, else where the `up` of
/// the same cluster has it, else in `/etc/skep/secret`.
///
/// @param environment of the process
/// @param mounts of this machine
/// @param workingDirectory absolute
/// @param configuration the standard file
/// @param secret the standard file
public record ClusterSearch(
    Map<String, String> environment,
    Supplier<MountTable> mounts,
    Path workingDirectory,
    Path configuration,
    Path secret) {

  /// What the command's options say.
  ///
  /// @param path a file or directory that the command is about
  public record Wanted(
      Optional<String> management,
      Optional<Path> directory,
      Optional<Path> configuration,
      Optional<Path> authFile,
      boolean noAuth,
      Optional<Path> path) {}

  private record Found(List<Endpoint> management, Optional<UpState> up, String origin) {}

  public static ClusterSearch ofThisProcess() {
    return new ClusterSearch(
        System.getenv(),
        MountTable::read,
        Path.of("").toAbsolutePath(),
        ConfigurationFiles.standard("mount"),
        ConfigurationFiles.standard("mount").resolveSibling("secret"));
  }

  /// @throws CommandFailure if no cluster is found, or its secret is not
  public ClusterLocation find(Wanted wanted) {
    Configuration settings = settings(wanted);
    Found found = management(wanted, settings);
    return new ClusterLocation(
        found.management(), authFile(wanted, settings, found), found.origin());
  }

  private Configuration settings(Wanted wanted) {
    var file = ConfigurationFiles.read(wanted.configuration().orElse(null), configuration);
    return ConfigurationFiles.effective(DaemonSettings.mount(), Map.of(), environment, file);
  }

  private Found management(Wanted wanted, Configuration settings) {
    if (wanted.management().isPresent()) {
      return found(wanted.management().get(), wanted, "--mgmtd");
    }
    if (wanted.directory().isPresent()) {
      return ofUp(wanted.directory().get());
    }
    String variable = environment.get(CommonSettings.MGMTD.variable());
    if (variable != null) {
      return found(variable, wanted, CommonSettings.MGMTD.variable());
    }
    Optional<MountTable.Entry> mount = wanted.path().flatMap(this::mountOf);
    if (mount.isPresent()) {
      return found(mount.get().source(), wanted, "the mount " + mount.get().mountPoint());
    }
    if (settings.isGiven(CommonSettings.MGMTD)) {
      return new Found(
          ConfigurationFiles.get(settings, CommonSettings.MGMTD),
          Optional.empty(),
          settings.origin(CommonSettings.MGMTD));
    }
    if (Files.exists(defaultDirectory().resolve(UpState.FILE))) {
      return ofUp(defaultDirectory());
    }
    throw new CommandFailure(
        "which cluster? Give --mgmtd HOST:PORT, set SKEP_MGMTD, or start one with `skep up` (looked"
            + " in "
            + configuration
            + " and "
            + defaultDirectory()
            + ")");
  }

  private Found found(String management, Wanted wanted, String origin) {
    List<Endpoint> endpoints = ClusterLocation.parseManagement(management);
    return new Found(endpoints, upOf(endpoints, wanted), origin);
  }

  private Found ofUp(Path directory) {
    Path absolute = workingDirectory.resolve(directory);
    UpState up =
        UpState.read(absolute)
            .orElseThrow(() ->
                new CommandFailure(
                    "no cluster runs in "
                        + absolute
                        + ": start it with `skep up --dir "
                        + directory
                        + "`"));
    if (!up.process().alive()) {
      throw new CommandFailure(
          "the cluster in "
              + absolute
              + " was killed: start it again with `skep up --dir "
              + directory
              + "`");
    }
    List<Endpoint> endpoints = ClusterLocation.parseManagement(String.join(",", up.management()));
    return new Found(endpoints, Optional.of(up), absolute.resolve(UpState.FILE).toString());
  }

  /// The Skep mount that the path is on.
  public Optional<MountTable.Entry> mountOf(Path path) {
    return mounts
        .get()
        .holding(workingDirectory.resolve(path).normalize())
        .filter(MountTable.Entry::isSkep);
  }

  private Path defaultDirectory() {
    return workingDirectory.resolve(UpState.DEFAULT_DIRECTORY);
  }

  /// The `up` that has one of these addresses: in `--dir`, in `./skep-data`, or in the directory
  /// that holds the Unix socket's.
  private Optional<UpState> upOf(List<Endpoint> endpoints, Wanted wanted) {
    for (Endpoint endpoint : endpoints) {
      Path owner =
          endpoint instanceof Endpoint.Unix(String path) ? Path.of(path).getParent() : null;
      Path home = owner == null ? null : owner.getParent();
      Path given = wanted.directory().map(workingDirectory::resolve).orElse(null);
      for (Path directory : new @Nullable Path[] {given, home, defaultDirectory()}) {
        Optional<UpState> up = directory == null ? Optional.empty() : UpState.read(directory);
        if (up.isPresent() && up.get().management().contains(endpoint.toString())) {
          return up;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Path> authFile(Wanted wanted, Configuration settings, Found found) {
    if (wanted.noAuth()) {
      return Optional.empty();
    }
    if (wanted.authFile().isPresent()) {
      return wanted.authFile().map(workingDirectory::resolve);
    }
    boolean off = !ConfigurationFiles.get(settings, CommonSettings.AUTH);
    String given = ConfigurationFiles.get(settings, CommonSettings.AUTH_FILE);
    if (off && settings.isGiven(CommonSettings.AUTH)) {
      return Optional.empty();
    }
    if (!given.isEmpty()) {
      return Optional.of(workingDirectory.resolve(given));
    }
    if (found.up().isPresent()) {
      return found.up().get().authFile();
    }
    if (Files.exists(secret)) {
      return Optional.of(secret);
    }
    throw new CommandFailure(
        "no secret for the cluster at "
            + found.origin()
            + ": give --auth-file FILE (or --no-auth, if it runs without authentication)");
  }
}
