package org.skep.cli.up;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.locate.UpState;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `skep down`: stops what `skep up` started.
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = {
      "Unmounts and stops the cluster of a `skep up`. Its data stays, and the next `skep up` has it"
          + " again.",
      "If the cluster was killed, what is left of it is cleared away."
    })
public final class Down implements Callable<Integer> {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The directory of the `skep up` (default: ./skep-data).")
  private Path directory = UpState.DEFAULT_DIRECTORY;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs the command
  public Down() {}

  @Override
  public Integer call() {
    Path root = directory.toAbsolutePath().normalize();
    UpState state =
        UpState.read(root).orElseThrow(() -> new CommandFailure("no cluster is up in " + root));
    PrintWriter out = spec.commandLine().getOut();
    out.println(clear(root, state));
    out.flush();
    return ExitCode.DONE;
  }

  /// Stops what runs and clears away what is left.
  ///
  /// @return what was done, for people
  static String clear(Path root, UpState state) {
    boolean ran = state.process().alive();
    Stopping.stop(state.process());
    long left = stopAll(state.daemons()) + stopAll(Restarted.all(root));
    boolean stale = StaleMount.remove(state.mountPoint());
    try {
      UpState.remove(root);
    } catch (IOException e) {
      throw new CommandFailure("cannot remove " + root.resolve(UpState.FILE) + ": " + e);
    }
    if (ran) {
      return "stopped the cluster in " + root;
    }
    return "the cluster in "
        + root
        + " had been killed"
        + (left > 0 ? "; stopped " + left + " daemons it had left" : "")
        + (stale ? "; unmounted its stale mount " + state.mountPoint() : "");
  }

  /// @return how many ran
  private static long stopAll(List<ProcessIdentity> processes) {
    long running = processes.stream().filter(ProcessIdentity::alive).count();
    Stopping.inOrder(processes);
    return running;
  }
}
