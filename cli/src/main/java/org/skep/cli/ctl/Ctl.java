package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 done in part, 64 wrong usage; with --errorcodes also 5 node not reachable,"
          + " 6 target not online, 7 target not good."
    })
public final class Ctl implements Runnable {
  private static final Map<String, Supplier<ClusterCommand>> MODES = new LinkedHashMap<>();

  static {
    MODES.put("--listnodes", ListNodes::new);
    MODES.put("--listtargets", ListTargets::new);
    MODES.put("--getentryinfo", GetEntryInfo::new);
    MODES.put("--setpattern", SetPattern::new);
    MODES.put("--createfile", CreateFile::new);
    MODES.put("--createdir", CreateDirectory::new);
    MODES.put("--addmirrorgroup", AddMirrorGroup::new);
    MODES.put("--mirrormd", MirrorMetadata::new);
    MODES.put("--listmirrorgroups", ListMirrorGroups::new);
    MODES.put("--removemirrorgroup", RemoveMirrorGroup::new);
    MODES.put("--startresync", StartResync::new);
    MODES.put("--resyncstats", ResyncStats::new);
    MODES.put("--setstate", SetState::new);
  }

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets spec before it runs anything
  Ctl() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which mode?");
  }

  /// The command with the mode that the arguments name, or else with all.
  public static CommandSpec specFor(List<String> arguments) {
    CommandSpec ctl = CommandSpec.forAnnotatedObject(new Ctl());
    boolean named = arguments.stream().anyMatch(MODES::containsKey);
    MODES.forEach((name, mode) -> {
      if (!named || arguments.contains(name)) {
        ctl.addSubcommand(name, CommandSpec.forAnnotatedObject(mode.get()));
      }
    });
    return ctl;
  }

  /// The mode may stand anywhere among the options, as with the model: it is put first.
  ///
  /// @param arguments of `skep`
  public static List<String> modeFirst(List<String> arguments) {
    if (arguments.isEmpty() || !arguments.getFirst().equals("ctl")) {
      return arguments;
    }
    for (int i = 2; i < arguments.size(); i++) {
      if (MODES.containsKey(arguments.get(i)) && !MODES.containsKey(arguments.get(1))) {
        List<String> sorted = new ArrayList<>(arguments);
        sorted.add(1, sorted.remove(i));
        return sorted;
      }
    }
    return arguments;
  }

  /// The mode that is most like the word, if one is like it.
  public static Optional<String> nearestMode(String word) {
    return MODES.keySet().stream()
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
