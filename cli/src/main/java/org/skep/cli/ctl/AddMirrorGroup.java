package org.skep.cli.ctl;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ManagementConnection;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `--addmirrorgroup`: makes groups, of two targets that are named or of all that are in none.
@Command(
    name = "--addmirrorgroup",
    mixinStandardHelpOptions = true,
    description = {
      "Puts targets into pairs that hold the same content.",
      "Of storage: chunks that a target holds already are not mirrored: only files of directories"
          + " whose pattern is buddymirror are (--setpattern).",
      "Of meta: a shard gets a second copy while clients go on; all it holds becomes mirrored. The"
          + " secondary is a spare target (each server keeps some), or one whose own shard is empty,"
          + " which is given up."
    },
    footer = {
      "",
      "Examples:",
      "  skep ctl --addmirrorgroup --nodetype=storage --automatic --dryrun",
      "  skep ctl --addmirrorgroup --nodetype=storage --primary=3011 --secondary=3021 --groupid=1",
      "  skep ctl --addmirrorgroup --nodetype=meta --primary=201 --secondary=202",
      "  skep mirror add --nodetype=meta --automatic"
    })
final class AddMirrorGroup extends ClusterCommand {
  @Mixin private TargetKindOption kind;

  @Option(names = "--primary", paramLabel = "ID", description = "The target that leads.")
  private @Nullable Integer primary;

  @Option(names = "--secondary", paramLabel = "ID", description = "The other target.")
  private @Nullable Integer secondary;

  @Option(
      names = {"--groupid", "--mirrorgroupid"},
      paramLabel = "ID",
      description =
          "The id of the new group (default: the lowest that is free). Of meta it is that of the"
              + " primary's shard.")
  private int groupId;

  @Option(
      names = "--automatic",
      description =
          "Pairs all targets that are in no group, each with one of another server and, where"
              + " failure-domain is given, of another domain. Of meta: each shard that holds"
              + " something gets one of the spare or empty targets.")
  private boolean automatic;

  @Option(
      names = "--force",
      description =
          "Makes groups though a secondary loses what it holds of a former group; with --automatic"
              + " also though targets are left without one.")
  private boolean force;

  @Option(
      names = {"--dryrun", "--dry-run"},
      description = "With --automatic: only shows the groups.")
  private boolean dryRun;

  @Option(
      names = "--uniquegroupid",
      description = "With --automatic, of storage: group ids that are no target ids.")
  private boolean uniqueGroupId;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  AddMirrorGroup() {}

  @Override
  public Integer call() {
    boolean byHand = primary != null || secondary != null;
    if (byHand == automatic) {
      throw new ParameterException(
          spec().commandLine(), "either --automatic, or --primary and --secondary");
    }
    if (!automatic && (dryRun || uniqueGroupId)) {
      throw new ParameterException(
          spec().commandLine(), "--dryrun and --uniquegroupid go with --automatic");
    }
    if (automatic && groupId != 0) {
      throw new ParameterException(spec().commandLine(), "--automatic chooses the ids itself");
    }
    NodeKind wanted = kind.of(spec());
    if (wanted == NodeKind.METADATA && uniqueGroupId) {
      throw new ParameterException(
          spec().commandLine(), "a metadata group has the number of its shard: no --uniquegroupid");
    }
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      NewGroups groups = new NewGroups(this, management, wanted);
      if (automatic) {
        groups.automatic(new NewGroups.Wanted(force, dryRun, uniqueGroupId));
      } else if (primary == null || secondary == null) {
        throw new ParameterException(spec().commandLine(), "--primary and --secondary go together");
      } else {
        groups.add(List.of(new MirrorGroupTable.Member(groupId, primary, secondary)), force);
      }
    }
    return ExitCode.DONE;
  }
}
