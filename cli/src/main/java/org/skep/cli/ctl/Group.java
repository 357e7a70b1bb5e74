package org.skep.cli.ctl;

import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A command that only has others below it.
@Command(mixinStandardHelpOptions = true, commandListHeading = "%nCommands:%n")
final class Group implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs anything
  private Group() {}

  static CommandSpec of(
      String name, String description, Map<String, Supplier<ClusterCommand>> commands) {
    CommandSpec group = CommandSpec.forAnnotatedObject(new Group());
    group.name(name);
    group.usageMessage().description(description);
    commands.forEach((verb, command) -> {
      CommandSpec sub = CommandSpec.forAnnotatedObject(command.get());
      sub.name(verb);
      group.addSubcommand(verb, sub);
    });
    return group;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
