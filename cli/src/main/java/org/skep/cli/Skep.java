package org.skep.cli;

import java.io.PrintWriter;
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
///
/// A new command is a class of its own, added to `subcommands` below.
@Command(
    name = "skep",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description = "A mirrored parallel cluster file system.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {"", "`skep COMMAND --help` explains a command."},
    subcommands = {Completion.class})
public final class Skep implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs anything
  Skep() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /// The whole command tree, ready to execute; `more` are commands that only a test knows.
  static CommandLine commandLine(Object... more) {
    CommandLine root = new CommandLine(new Skep());
    for (Object command : more) {
      root.addSubcommand(command);
    }
    root.setExecutionExceptionHandler(Skep::explain);
    root.setParameterExceptionHandler(Skep::explainUsage);
    root.setUsageHelpAutoWidth(true);
    setFaultExitCode(root);
    return root;
  }

  /// `skep` alone is wrong usage: a command is missing.
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  private static void setFaultExitCode(CommandLine command) {
    command.getCommandSpec().exitCodeOnExecutionException(ExitCode.FAULT);
    command.getSubcommands().values().forEach(Skep::setFaultExitCode);
  }

  private static int explainUsage(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("skep: " + failure.getMessage());
    UnmatchedArgumentException.printSuggestions(failure, err);
    err.println("See `" + command.getCommandSpec().qualifiedName() + " --help`.");
    err.flush();
    return ExitCode.USAGE;
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
