package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.skep.cli.json.JsonText;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ClusterStatus;
import org.skep.cli.status.ManagementConnection;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `skep df`: space and inodes of all targets, as `beegfs-df` shows them.
@Command(
    name = "df",
    mixinStandardHelpOptions = true,
    description = "Shows total and free space and inodes of metadata and storage targets.",
    footer = {
      "",
      "Exit codes: 0 done, 1 management does not answer, 2 some target has not told its space,",
      "64 wrong usage.",
      "",
      "Examples:",
      "  skep df",
      "  skep df --storagepoolid=1 --output=json"
    })
public final class DiskFree extends ClusterCommand {
  @Option(
      names = {"-s", "--storagepoolid"},
      paramLabel = "ID",
      defaultValue = "0",
      description = "Only the storage targets of this pool.")
  private int storagePoolId;

  @Mixin private OutputOption output;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin before it runs the command
  public DiskFree() {}

  @Override
  public Integer call() {
    ClusterStatus status;
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      status = status(management);
    }
    ClusterStatus shown = storagePoolId == 0 ? status : ofPool(status, storagePoolId);
    print(
        switch (output.format()) {
          case text -> text(shown);
          case json -> List.of(JsonText.of(json(shown)));
        });
    boolean all =
        shown.map().shownTargets().stream().allMatch(target -> shown.space(target).isPresent());
    return all ? ExitCode.DONE : ExitCode.PARTLY;
  }

  private static ClusterStatus ofPool(ClusterStatus status, int pool) {
    ClusterMap map = status.map();
    List<Target> targets =
        map.targets().stream()
            .filter(target -> target.kind() != NodeKind.STORAGE || target.storagePoolId() == pool)
            .toList();
    if (targets.stream().noneMatch(target -> target.kind() == NodeKind.STORAGE)) {
      throw new CommandFailure("storage pool " + pool + " has no targets");
    }
    ClusterMap some =
        ClusterMap.of(
            map.version(),
            map.clusterId(),
            map.rootShard(),
            map.nodes(),
            targets,
            map.groupsOf(NodeKind.METADATA));
    return new ClusterStatus(some, status.reports(), status.clients());
  }

  private static final TargetTable.Choice CHOICE =
      new TargetTable.Choice(false, false, true, false, false, false, true, true);

  /// The model's two tables.
  static List<String> text(ClusterStatus status) {
    List<String> lines = new ArrayList<>();
    lines.add("METADATA SERVERS:");
    lines.addAll(TargetTable.lines(status, NodeKind.METADATA, CHOICE));
    lines.add("");
    lines.add("STORAGE TARGETS:");
    lines.addAll(TargetTable.lines(status, NodeKind.STORAGE, CHOICE));
    return lines;
  }

  private static Map<String, Object> json(ClusterStatus status) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (NodeKind kind : List.of(NodeKind.METADATA, NodeKind.STORAGE)) {
      fields.put(kind.label(), TargetTable.json(status, TargetTable.targets(status, kind, CHOICE)));
    }
    return fields;
  }
}
