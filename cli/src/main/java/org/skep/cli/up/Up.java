package org.skep.cli.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.cli.daemon.Life;
import org.skep.cli.locate.ClusterLocation;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.locate.UpState;
import org.skep.cli.log.LogSettings;
import org.skep.cli.log.Logging;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.service.Service;
import org.skep.cli.settings.DaemonSettings;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Terminal;
import org.skep.cluster.StripePattern;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `skep up`: a whole cluster on this host.
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs a whole cluster on this host and mounts it: management, metadata and storage servers,"
          + " all in one process. Shows its live status on a terminal. Ctrl-C unmounts and stops"
          + " it; the next `skep up` finds all data again.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  skep up                              data in ./skep-data, mounted at ./mnt",
      "  skep up --mirror                     all on two servers each: kill one, and go on",
      "  skep up --detach && cp -r src mnt/ && skep down",
      "  skep up --dir /data/try --mount /mnt/try --storage-targets 8 --num-targets 8",
      "While it runs, `skep ctl` and `skep mount` find it by --dir (default: ./skep-data)."
    })
public final class Up implements Callable<Integer> {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where all its data is (default: ./skep-data).")
  private Path directory = UpState.DEFAULT_DIRECTORY;

  @Option(
      names = "--mount",
      paramLabel = "DIR",
      description = "The mount point, created if it is missing (default: ./mnt).")
  private Path mountPoint = Path.of("mnt");

  @Option(
      names = "--meta-targets",
      paramLabel = "COUNT",
      description = "How many metadata targets (default: those there are, at first 2).")
  private @Nullable Integer metadataTargets;

  @Option(
      names = "--storage-targets",
      paramLabel = "COUNT",
      description = "How many storage targets (default: those there are, at first 4).")
  private @Nullable Integer storageTargets;

  @Option(
      names = "--mirror",
      description =
          "Mirrors everything: puts the storage targets into pairs, each a server of its own, gives"
              + " the metadata a second copy on another server, and has the root directory's pattern"
              + " buddymirror, which new directories inherit. The next `skep up` needs it only for"
              + " new targets.")
  private boolean mirrored;

  @Option(
      names = "--chunk-size",
      paramLabel = "SIZE",
      description = "Chunk size of the root directory when it is made (default: 512K).")
  private String chunkSize = "512K";

  @Option(
      names = "--num-targets",
      paramLabel = "COUNT",
      description =
          "Over how many targets files are striped, for the root directory when it is made"
              + " (default: 4).")
  private int targetCount = StripePattern.DEFAULT.targetCount();

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      description = "Options of mount(8), as of `skep mount`.")
  private List<String> mountOptions = new ArrayList<>();

  @Option(
      names = "--detach",
      description =
          "Starts it in the background and returns when the mount is usable. `skep down` stops it.")
  private boolean detach;

  @Option(names = "--processes", description = "Runs each daemon as a process of its own.")
  private boolean processes;

  @Option(
      names = "--tcp",
      description = "No Unix sockets: all talk over TCP on loopback, as between hosts.")
  private boolean tcpOnly;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace; the log is DIR/log/up.log (default: info).")
  private String logLevel = "info";

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs the command
  public Up() {}

  @Override
  public Integer call() {
    Path root = directory.toAbsolutePath().normalize();
    StripePattern pattern = pattern();
    OptionalInt metadata = count("--meta-targets", metadataTargets);
    OptionalInt storage = count("--storage-targets", storageTargets);
    if (mirrored && storage.isPresent() && storage.getAsInt() < 2) {
      throw new ParameterException(
          spec.commandLine(), "--mirror needs at least two storage targets");
    }
    if (mirrored && metadata.isPresent() && metadata.getAsInt() < 2) {
      throw new ParameterException(
          spec.commandLine(), "--mirror needs at least two metadata targets");
    }
    if (detach) {
      return Detached.start(root, spec);
    }
    try (UpDirectory taken = UpDirectory.take(root)) {
      new Remains(root, Optional.empty()).clear().ifPresent(this::say);
      Logging.start(new LogSettings(level(), LogSettings.Format.TEXT, taken.log("up")));
      ClusterPlan plan =
          taken.plan(metadata, storage, tcpOnly, realMountPoint(), mountOptions, pattern, mirrored);
      return run(taken, plan);
    }
  }

  private int run(UpDirectory taken, ClusterPlan plan) {
    Running running = new Running(taken, plan, this::say, this::complain);
    running.write(false, List.of());
    Service service =
        processes
            ? new ManyProcesses(
                plan,
                taken,
                new Mirroring(running.ports, plan),
                daemons -> running.write(false, daemons))
            : new OneProcess(plan, running.ports);
    return Life.run(service, running);
  }

  private StripePattern pattern() {
    try {
      return new StripePattern(
          StripePattern.DEFAULT.kind(),
          DaemonSettings.chunkBytes(chunkSize),
          targetCount,
          StripePattern.DEFAULT.storagePoolId());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
    }
  }

  private OptionalInt count(String option, @Nullable Integer value) {
    if (value == null) {
      return OptionalInt.empty();
    }
    if (value < 1 || value > UpDirectory.NODES_MAX) {
      throw new ParameterException(
          spec.commandLine(), option + " is " + value + ": 1 to " + UpDirectory.NODES_MAX);
    }
    return OptionalInt.of(value);
  }

  private LogSettings.Level level() {
    try {
      return LogSettings.Level.valueOf(logLevel.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--log-level is \"" + logLevel + "\"");
    }
  }

  private Path realMountPoint() {
    Path absolute = mountPoint.toAbsolutePath().normalize();
    try {
      if (!Files.exists(absolute)) {
        Files.createDirectories(absolute);
      }
      return absolute.toRealPath();
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot use the mount point "
              + absolute
              + ": "
              + e.getMessage()
              + " (a dead mount is taken away by umount -l "
              + absolute
              + ")");
    }
  }

  private void say(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private void complain(String line) {
    spec.commandLine().getErr().println(line);
    spec.commandLine().getErr().flush();
  }

  /// What others see of it while it runs: the file up.toml, and the terminal.
  private static final class Running implements Life.Listener {
    private final UpDirectory taken;
    private final ClusterPlan plan;
    private final Consumer<String> say;
    private final Consumer<String> err;
    private final Ports ports = RealPorts.create();
    private List<ProcessIdentity> daemons = List.of();
    private @Nullable LiveStatus live;

    Running(UpDirectory taken, ClusterPlan plan, Consumer<String> say, Consumer<String> err) {
      this.taken = taken;
      this.plan = plan;
      this.say = say;
      this.err = err;
    }

    synchronized void write(boolean ready, List<ProcessIdentity> running) {
      daemons = running;
      UpState state =
          new UpState(
              ProcessIdentity.own(),
              plan.management().listen().stream().map(Object::toString).toList(),
              plan.mountPoint(),
              Optional.of(plan.secretFile()),
              ready,
              running);
      try {
        state.write(taken.root());
      } catch (IOException e) {
        throw new CommandFailure("cannot write " + UpState.FILE + ": " + e.getMessage());
      }
    }

    @Override
    public synchronized void ready(String description) {
      taken.remember(plan);
      write(true, daemons);
      if (!Terminal.isOutput()) {
        say.accept("ready: " + description + " (data in " + taken.root() + ")");
        return;
      }
      ManagementConnection management =
          new ManagementConnection(
              ports, plan.management().listen(), ClusterLocation.readSecret(plan.secretFile()));
      live =
          LiveStatus.start(
              management,
              List.of(
                  description + ", data in " + taken.root() + ", log in " + taken.log("up"),
                  "Ctrl-C unmounts and stops; the next `skep up` has all data again.",
                  ""),
              System.out);
    }

    @Override
    public synchronized void stopping() {
      if (live != null) {
        live.close();
        live = null;
      }
      say.accept("stopping");
    }

    /// As long as something of it runs, `down` must find it.
    @Override
    public synchronized void stopped() {
      boolean left =
          daemons.stream().anyMatch(ProcessIdentity::alive)
              || !Restarted.all(taken.root()).isEmpty();
      if (left) {
        throw new CommandFailure(
            "not all of it has stopped: try `skep down --dir " + taken.root() + "`");
      }
      try {
        UpState.remove(taken.root());
      } catch (IOException e) {
        throw new CommandFailure("cannot remove " + UpState.FILE + ": " + e.getMessage());
      }
    }

    @Override
    public void failed(CommandFailure failure) {
      StopFailure.write(taken.root(), String.valueOf(failure.getMessage()));
      err.accept("skep: " + failure.getMessage());
    }
  }
}
