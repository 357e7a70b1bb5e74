package org.skep.cli.ctl;

import java.util.List;
import java.util.Optional;
import org.skep.cli.json.JsonText;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ClusterStatus;
import org.skep.cli.status.ManagementConnection;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `--listmirrorgroups`: the groups and their members.
@Command(
    name = "--listmirrorgroups",
    mixinStandardHelpOptions = true,
    description = "Lists the mirror groups with their members.",
    footer = {
      "",
      "Examples:",
      "  skep ctl --listmirrorgroups --nodetype=storage",
      "  skep mirror list --output=json"
    })
final class ListMirrorGroups extends ClusterCommand {
  @Option(
      names = "--nodetype",
      paramLabel = "TYPE",
      defaultValue = "storage",
      converter = NodeTypes.class,
      description = "meta or storage (default: ${DEFAULT-VALUE}).")
  private NodeKind kind = NodeKind.STORAGE;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private OutputFormat output = OutputFormat.text;

  ListMirrorGroups() {}

  @Override
  public Integer call() {
    ClusterStatus status;
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      status = status(management);
    }
    print(
        switch (output) {
          case text -> MirrorGroupTable.lines(status.map(), kind);
          case json -> List.of(JsonText.of(MirrorGroupTable.json(status, kind)));
        });
    return ExitCode.DONE;
  }
}
