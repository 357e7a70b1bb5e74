package org.skep.cli.ctl;

import java.util.List;
import java.util.Optional;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `--listtargets`: targets, and what is known of each.
@Command(
    name = "--listtargets",
    mixinStandardHelpOptions = true,
    description = "Lists targets, their states and their space.",
    footer = {
      "",
      "Examples:",
      "  skep ctl --listtargets --nodetype=storage --state",
      "  skep ctl --listtargets --nodetype=meta --spaceinfo --pools",
      "  skep target list --state"
    })
final class ListTargets extends ClusterCommand {
  @Mixin private TargetKindOption kindOption;

  @Option(names = "--nodesfirst", description = "Shows the node first, and sorts by it.")
  private boolean nodesFirst;

  @Option(names = "--longnodes", description = "Shows name and id of the node.")
  private boolean longNodes;

  @Option(names = "--hidenodeid", description = "Leaves the node out.")
  private boolean hideNodeId;

  @Option(names = "--mirrorgroups", description = "Shows mirror group and role in it.")
  private boolean mirrorGroups;

  @Option(names = "--state", description = "Shows reachability and consistency.")
  private boolean state;

  @Option(names = "--storagepools", description = "Shows the storage pool.")
  private boolean storagePools;

  @Option(names = "--pools", description = "Shows the capacity pool.")
  private boolean pools;

  @Option(names = "--spaceinfo", description = "Shows total and free space and inodes.")
  private boolean spaceInfo;

  @Option(
      names = "--errorcodes",
      description = "Ends with 6 if a target is not online, with 7 if one is not good.")
  private boolean errorCodes;

  @Mixin private OutputOption output;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixins before it runs the command
  ListTargets() {}

  @Override
  public Integer call() {
    NodeKind kind = kindOption.of(spec());
    TargetTable.Choice choice =
        new TargetTable.Choice(
            nodesFirst, longNodes, hideNodeId, mirrorGroups, state, storagePools, pools, spaceInfo);
    ClusterStatus status = status(Optional.empty());
    List<Target> targets = TargetTable.targets(status, kind, choice);
    print(
        output.lines(
            () -> TargetTable.lines(status, kind, choice),
            () -> TargetTable.json(status, targets)));
    if (state) {
      warn(status, kind);
    }
    return errorCodes ? worst(status, targets) : ExitCode.DONE;
  }

  /// The tables of the model have no place for it, so it is said beside them.
  private void warn(ClusterStatus status, NodeKind kind) {
    var err = spec().commandLine().getErr();
    for (String group : status.groupsWithoutGoodMember(kind)) {
      err.println("skep: no member is Good and online, requests wait: " + group);
    }
    err.flush();
  }

  private static int worst(ClusterStatus status, List<Target> targets) {
    if (targets.stream().anyMatch(target -> target.reachability() != Reachability.ONLINE)) {
      return ExitCode.TARGET_NOT_ONLINE;
    }
    boolean good =
        targets.stream().allMatch(target -> status.consistency(target) == Consistency.GOOD);
    return good ? ExitCode.DONE : ExitCode.TARGET_NOT_GOOD;
  }
}
