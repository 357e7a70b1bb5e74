package org.skep.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `skep completion`: prints the completion script for bash, for example for
/// `/etc/bash_completion.d/skep`.
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = "Prints the completion script for bash.")
final class Completion implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs the command
  Completion() {}

  @Override
  public void run() {
    spec.commandLine().getOut().print(AutoComplete.bash("skep", spec.root().commandLine()));
    spec.commandLine().getOut().flush();
  }
}
