package org.skep.cli.ctl;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.skep.cli.locate.ClusterLocation;
import org.skep.cli.locate.ClusterOptions;
import org.skep.cli.status.ClusterStatus;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Progress;
import org.skep.runtime.real.RealPorts;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A command that asks a cluster.
public abstract class ClusterCommand implements Callable<Integer> {
  @Mixin private ClusterOptions cluster;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "How long to wait for an answer (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields before it runs the command
  protected ClusterCommand() {}

  protected final long timeoutNanos() {
    return Math.max(1, timeoutSeconds) * 1_000_000_000L;
  }

  protected final CommandSpec spec() {
    return spec;
  }

  protected final ClusterLocation locate(Optional<Path> path) {
    return cluster.find(path);
  }

  protected final ManagementConnection connect(ClusterLocation location) {
    return new ManagementConnection(RealPorts.create(), location.management(), location.secret());
  }

  /// What management says now; a wait is shown on a terminal.
  protected final ClusterStatus status(ManagementConnection management) {
    try (Progress _ = Progress.start("waiting for management at " + management.where())) {
      return management.status(timeoutNanos());
    }
  }

  /// The same for a command that asks nothing else.
  final ClusterStatus status(Optional<Path> path) {
    try (ManagementConnection management = connect(locate(path))) {
      return status(management);
    }
  }

  protected final void print(List<String> lines) {
    var out = spec.commandLine().getOut();
    lines.forEach(out::println);
    out.flush();
  }
}
