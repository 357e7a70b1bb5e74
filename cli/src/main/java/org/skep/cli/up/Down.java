package org.skep.cli.up;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
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
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        new Remains(root, UpDirectory.owner(root))
            .clear()
            .orElseThrow(() -> new CommandFailure("no cluster is up in " + root)));
    out.flush();
    return ExitCode.DONE;
  }
}
