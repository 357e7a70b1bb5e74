package org.skep.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import org.skep.cli.ctl.Ctl;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The `skep` command itself: finds the subcommand, runs it, and turns its outcome into an exit
/// code.
@Command(
    name = "skep",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A mirrored parallel cluster file system.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {"", "`skep COMMAND --help` explains a command."})
public final class Skep implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs anything
  Skep() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] arguments) {
    List<String> sorted = Ctl.modeFirst(List.of(arguments));
    System.exit(commandLine(sorted).execute(sorted.toArray(String[]::new)));
  }

  /// The command tree, ready to execute these arguments; `more` are commands that only a test
  /// knows.
  static CommandLine commandLine(List<String> arguments, Object... more) {
    CommandLine root = new CommandLine(new Skep());
    Commands.addTo(root, arguments);
    for (Object command : more) {
      root.addSubcommand(command);
    }
    root.setExecutionExceptionHandler(Skep::explain);
    root.setParameterExceptionHandler(Skep::explainUsage);
    root.setUsageHelpAutoWidth(true);
    prepare(root);
    return root;
  }

  /// `skep` alone is wrong usage: a command is missing.
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  private static void prepare(CommandLine command) {
    command.getCommandSpec().exitCodeOnExecutionException(ExitCode.FAULT);
    command.getCommandSpec().versionProvider(new Version());
    command.getSubcommands().values().forEach(Skep::prepare);
  }

  private static int explainUsage(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("skep: " + failure.getMessage());
    if (!suggestMode(failure, err)) {
      UnmatchedArgumentException.printSuggestions(failure, err);
    }
    err.println("See `" + command.getCommandSpec().qualifiedName() + " --help`.");
    err.flush();
    return ExitCode.USAGE;
  }

  /// A misspelt mode of `ctl` looks like an option, for which there would be no suggestion.
  private static boolean suggestMode(ParameterException failure, PrintWriter err) {
    if (failure instanceof UnmatchedArgumentException unmatched
        && failure.getCommandLine().getCommandName().equals("ctl")) {
      Optional<String> mode = Ctl.nearestMode(unmatched.getUnmatched().getFirst());
      mode.ifPresent(name -> err.println("Did you mean: skep ctl " + name + "?"));
      return mode.isPresent();
    }
    return false;
  }

  private static int explain(Exception failure, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    if (failure instanceof CommandFailure expected) {
      err.println("skep: " + expected.getMessage());
      err.flush();
      return expected.exitCode();
    }
    err.println("skep: this is a fault in Skep, please report it:");
    failure.printStackTrace(err);
    err.flush();
    return ExitCode.FAULT;
  }
}
