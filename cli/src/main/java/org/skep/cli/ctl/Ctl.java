package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `skep ctl --MODE ...`: the operator's tool in the model's way of writing. Each mode is a
/// subcommand whose name begins with `--`.
@Command(
    name = "ctl",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "--MODE",
    description = {
      "Shows and changes a cluster, with the modes and options of beegfs-ctl.",
      "`skep ctl --MODE --help` explains a mode."
    },
    commandListHeading = "%nModes:%n",
    subcommands = {ListNodes.class, ListTargets.class},
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 64 wrong usage; with --errorcodes also 5 node not reachable,"
          + " 6 target not online, 7 target not good."
    })
public final class Ctl implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs anything
  Ctl() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which mode?");
  }

  /// The same commands in the form of today: `skep target list`, `skep node list`.
  public static void addShortForms(CommandLine root) {
    root.addSubcommand("target", group("target", "Targets.", "list", new ListTargets()));
    root.addSubcommand("node", group("node", "Nodes.", "list", new ListNodes()));
  }

  private static CommandSpec group(
      String name, String description, String verb, ClusterCommand command) {
    CommandSpec group = CommandSpec.create().name(name);
    group.usageMessage().description(description);
    group.mixinStandardHelpOptions(true);
    CommandSpec sub = CommandSpec.forAnnotatedObject(command);
    sub.name(verb);
    group.addSubcommand(verb, sub);
    return group;
  }

  /// The mode may stand anywhere among the options, as with the model: it is put first.
  ///
  /// @param arguments behind `ctl`
  public static List<String> modeFirst(List<String> arguments, CommandLine ctl) {
    for (int i = 1; i < arguments.size(); i++) {
      if (ctl.getSubcommands().containsKey(arguments.get(i))) {
        List<String> sorted = new ArrayList<>(arguments);
        sorted.addFirst(sorted.remove(i));
        return sorted;
      }
    }
    return arguments;
  }

  /// The mode that is most like the word, if one is like it.
  public static Optional<String> nearestMode(String word, CommandLine ctl) {
    return ctl.getSubcommands().keySet().stream()
        .filter(mode -> distance(word, mode) <= Math.max(3, mode.length() / 3))
        .min(Comparator.comparingInt(mode -> distance(word, mode)));
  }

  /// How many letters must be put in, left out or changed (Levenshtein).
  private static int distance(String left, String right) {
    int[] row = IntStream.rangeClosed(0, right.length()).toArray();
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int changed = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j - 1], row[j]));
      }
    }
    return row[right.length()];
  }
}
