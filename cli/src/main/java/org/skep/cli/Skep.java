package org.skep.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.skep.cli.ctl.Ctl;
import org.skep.cli.daemon.DaemonCommand;
import org.skep.cli.daemon.ManagementDaemon;
import org.skep.cli.daemon.MetadataDaemon;
import org.skep.cli.daemon.MountDaemon;
import org.skep.cli.daemon.StorageDaemon;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.up.Down;
import org.skep.cli.up.Up;
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
    subcommands = {Up.class, Down.class, Ctl.class, Completion.class})
public final class Skep implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs anything
  Skep() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] arguments) {
    CommandLine skep = commandLine();
    System.exit(skep.execute(modeFirst(skep, arguments)));
  }

  private static String[] modeFirst(CommandLine skep, String[] arguments) {
    CommandLine ctl = skep.getSubcommands().get("ctl");
    if (ctl == null || arguments.length < 2 || !arguments[0].equals("ctl")) {
      return arguments;
    }
    List<String> sorted = new ArrayList<>();
    sorted.add("ctl");
    sorted.addAll(Ctl.modeFirst(List.of(arguments).subList(1, arguments.length), ctl));
    return sorted.toArray(String[]::new);
  }

  /// The whole command tree, ready to execute; `more` are commands that only a test knows.
  static CommandLine commandLine(Object... more) {
    CommandLine root = new CommandLine(new Skep());
    root.addSubcommand("mgmtd", DaemonCommand.specOf(new ManagementDaemon()));
    root.addSubcommand("meta", DaemonCommand.specOf(new MetadataDaemon()));
    root.addSubcommand("storage", DaemonCommand.specOf(new StorageDaemon()));
    root.addSubcommand("mount", DaemonCommand.specOf(new MountDaemon()));
    Ctl.addShortForms(root);
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
      Optional<String> mode =
          Ctl.nearestMode(unmatched.getUnmatched().getFirst(), failure.getCommandLine());
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
