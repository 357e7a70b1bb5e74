package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.skep.cli.json.JsonText;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ClusterStatus;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Progress;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `skep check-servers`: whether each server can be connected to from here, as
/// `beegfs-check-servers` does.
@Command(
    name = "check-servers",
    mixinStandardHelpOptions = true,
    description = {
      "Tries to connect to every server from here, and says at which address it answered.",
      "It tells nothing about states: see `skep ctl --listtargets --state`."
    },
    footer = {
      "",
      "Exit codes: 0 all can be reached, 1 management does not answer, 5 a server can't be reached,",
      "64 wrong usage.",
      "",
      "Example:",
      "  skep check-servers --mgmtd=mgmt01:8008"
    })
public final class CheckServers extends ClusterCommand {
  @Mixin private ReachOptions reach;

  @Mixin private OutputOption output;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixins before it runs the command
  public CheckServers() {}

  /// A server, and where it answered; null: nowhere.
  record Line(NodeKind kind, String name, int id, @Nullable String route) {

    String text() {
      String node = name + " [ID: " + id + "]: ";
      return route == null ? node + "UNREACHABLE" : node + "reachable at " + route;
    }

    Map<String, Object> json() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("nodeType", kind.label());
      fields.put("nodeId", id);
      fields.put("name", name);
      fields.put("reachable", route != null);
      if (route != null) {
        fields.put("route", route);
      }
      return fields;
    }
  }

  @Override
  public Integer call() {
    List<Line> lines = new ArrayList<>();
    try (ManagementConnection management = connect(locate(Optional.empty()));
        Progress _ = Progress.start("asking the servers")) {
      ClusterStatus status;
      try {
        status = management.status(timeoutNanos());
      } catch (CommandFailure e) {
        print(List.of("Management", "==========", "management: UNREACHABLE"));
        throw e;
      }
      for (NodeKind kind : List.of(NodeKind.MANAGEMENT, NodeKind.METADATA, NodeKind.STORAGE)) {
        for (Node node : status.nodes(kind)) {
          lines.add(new Line(kind, node.name(), node.id(), route(management, node)));
        }
      }
      if (lines.stream().noneMatch(line -> line.kind == NodeKind.MANAGEMENT)) {
        // It has just answered.
        lines.addFirst(new Line(NodeKind.MANAGEMENT, "management", 1, management.where()));
      }
    }
    print(
        switch (output.format()) {
          case text -> text(lines);
          case json -> List.of(JsonText.of(lines.stream().map(Line::json).toList()));
        });
    boolean all = lines.stream().allMatch(line -> line.route != null);
    return all ? ExitCode.DONE : ExitCode.NODE_UNREACHABLE;
  }

  private @Nullable String route(ManagementConnection management, Node node) {
    return switch (reach.reach(management, node)) {
      case NodeListing.Reach.Reached(Endpoint endpoint) -> NodeListing.route(endpoint);
      case NodeListing.Reach.Unreachable _ -> null;
    };
  }

  /// The model's three blocks.
  static List<String> text(List<Line> lines) {
    List<String> text = new ArrayList<>();
    Map<NodeKind, String> titles = new LinkedHashMap<>();
    titles.put(NodeKind.MANAGEMENT, "Management");
    titles.put(NodeKind.METADATA, "Metadata");
    titles.put(NodeKind.STORAGE, "Storage");
    titles.forEach((kind, title) -> {
      if (!text.isEmpty()) {
        text.add("");
      }
      text.add(title);
      text.add("=".repeat(title.length()));
      lines.stream().filter(line -> line.kind == kind).forEach(line -> text.add(line.text()));
    });
    return text;
  }
}
