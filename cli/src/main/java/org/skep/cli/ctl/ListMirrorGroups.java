package org.skep.cli.ctl;

import java.util.Optional;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `--listmirrorgroups`: the groups and their members.
@Command(
    name = "--listmirrorgroups",
    mixinStandardHelpOptions = true,
    description = "Lists the mirror groups with their members.",
    footer = {
      "",
      "Examples:",
      "  skep ctl --listmirrorgroups --nodetype=storage",
      "  skep ctl --listmirrorgroups --nodetype=meta",
      "  skep mirror list --output=json"
    })
final class ListMirrorGroups extends ClusterCommand {
  @Mixin private TargetKindOption kindOption;

  @Mixin private OutputOption output;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixins before it runs the command
  ListMirrorGroups() {}

  @Override
  public Integer call() {
    NodeKind kind = kindOption.of(spec());
    ClusterStatus status = status(Optional.empty());
    print(
        output.lines(
            () -> MirrorGroupTable.lines(status.map(), kind),
            () -> MirrorGroupTable.json(status, kind)));
    return ExitCode.DONE;
  }
}
