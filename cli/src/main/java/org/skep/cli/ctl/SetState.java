package org.skep.cli.ctl;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Question;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.SetStateRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `--setstate`: an administrator overrules what a target's content is worth.
@Command(
    name = "--setstate",
    mixinStandardHelpOptions = true,
    description = {
      "Declares the content of a mirrored target good or bad, against what Skep knows of it.",
      "Good is for a group whose only good member is gone for ever; what only that one had is lost."
          + " Bad is for a target whose content is damaged: its buddy takes over."
    },
    footer = {
      "",
      "Examples:",
      "  skep ctl --setstate --nodetype=storage --targetid=3012 --state=good --force",
      "  skep ctl --setstate --nodetype=storage --targetid=3012 --state=bad --yes",
      "  skep ctl --setstate --nodetype=meta --nodeid=202 --state=good --force"
    })
final class SetState extends ClusterCommand {

  /// The words of `--state`.
  enum Wanted {
    good,
    bad
  }

  @Mixin private GroupChoice choice;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      required = true,
      description = "${COMPLETION-CANDIDATES}.")
  private Wanted wanted = Wanted.bad;

  @Option(names = "--force", description = "Must be given for --state=good.")
  private boolean force;

  @Option(
      names = {"--yes", "-y"},
      description = "Does not ask.")
  private boolean yes;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  SetState() {}

  @Override
  public Integer call() {
    choice.check(spec());
    if (!choice.namesMember()) {
      throw new ParameterException(
          spec().commandLine(),
          "a target is declared, not a group: --targetid or (of meta) --nodeid");
    }
    if (wanted == Wanted.good && !force) {
      throw new ParameterException(
          spec().commandLine(), "--state=good may lose data: it needs --force");
    }
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      ClusterMap map = status(management).map();
      BuddyGroup group = choice.find(map);
      Integer target = choice.target(map);
      if (target == null) {
        throw new IllegalStateException("no target was named");
      }
      Consistency declared = wanted == Wanted.good ? Consistency.GOOD : Consistency.BAD;
      if (Objects.requireNonNull(map.target(choice.kind(), target)).consistency() == declared) {
        throw new CommandFailure("target " + target + " is " + declared.label() + " already");
      }
      print(warning(map, group, target, wanted));
      if (!yes && !Question.ask("Do you really want to set it?")) {
        throw new CommandFailure("nothing was changed");
      }
      var _ =
          management.call(
              Operations.SET_STATE,
              SetStateRequest.newBuilder()
                  .setKind(MapCodec.message(choice.kind()))
                  .setTargetId(target)
                  .setConsistency(declared.ordinal())
                  .build(),
              timeoutNanos());
      print(List.of("Target " + target + " was set to " + wanted + "."));
      return ExitCode.DONE;
    }
  }

  static List<String> warning(ClusterMap map, BuddyGroup group, int target, Wanted wanted) {
    int buddy = GroupChoice.buddy(group, target);
    String without =
        group.kind() == NodeKind.METADATA
            ? "the names and files of its shard can't be reached."
            : "the group's files can't be read or written.";
    String what =
        switch (wanted) {
          case good ->
              "Its content becomes that of the group as it is. Changes that were acknowledged and"
                  + " that it misses are lost for ever, and what target "
                  + buddy
                  + " has beyond it is overwritten when it returns.";
          case bad ->
              "It serves nothing any more until it is resynced from target "
                  + buddy
                  + " (--startresync) or set to good. While target "
                  + buddy
                  + " is not Good and online, "
                  + without;
        };
    return List.of(
        "WARNING: target "
            + target
            + " of "
            + map.describe(group)
            + " is declared "
            + wanted.name().toUpperCase(Locale.ROOT)
            + ".",
        what);
  }
}
