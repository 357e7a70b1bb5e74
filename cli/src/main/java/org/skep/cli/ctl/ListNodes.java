package org.skep.cli.ctl;

import java.util.Optional;
import java.util.function.Function;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ClusterStatus;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Progress;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `--listnodes`: the registered nodes of one kind.
@Command(
    name = "--listnodes",
    mixinStandardHelpOptions = true,
    description = "Lists the registered nodes of one type.",
    footer = {
      "",
      "Examples:",
      "  skep ctl --listnodes --nodetype=meta --details",
      "  skep ctl --listnodes --nodetype=storage --reachable --errorcodes",
      "  skep node list --nodetype=client"
    })
final class ListNodes extends ClusterCommand {
  @Option(
      names = "--nodetype",
      paramLabel = "TYPE",
      required = true,
      converter = NodeTypes.class,
      completionCandidates = NodeTypes.Words.class,
      description = "${COMPLETION-CANDIDATES}.")
  private NodeKind kind = NodeKind.STORAGE;

  @Option(names = "--details", description = "Shows ports and addresses.")
  private boolean details;

  @Option(names = "--nicdetails", description = "Shows a line for each address.")
  private boolean nicDetails;

  @Option(names = "--reachable", description = "Tries to connect.")
  private boolean reachable;

  @Option(names = "--route", description = "Shows the address that answered.")
  private boolean route;

  @Mixin private ReachOptions reaching;

  @Option(
      names = "--errorcodes",
      description = "With --reachable: ends with 5 if a node is not reachable.")
  private boolean errorCodes;

  @Mixin private OutputOption output;

  private boolean allReached = true;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixins before it runs the command
  ListNodes() {}

  @Override
  public Integer call() {
    NodeListing.Choice choice = new NodeListing.Choice(details, nicDetails, reachable, route);
    try (ManagementConnection management = connect(locate(Optional.empty()));
        Progress _ = Progress.start("asking the nodes")) {
      ClusterStatus status = management.status(timeoutNanos());
      Function<Node, NodeListing.Reach> reach = node -> reach(management, node);
      print(
          output.lines(
              () -> NodeListing.lines(status, kind, choice, reach),
              () -> NodeListing.json(status, kind, choice, reach)));
    }
    return errorCodes && !allReached ? ExitCode.NODE_UNREACHABLE : ExitCode.DONE;
  }

  private NodeListing.Reach reach(ManagementConnection management, Node node) {
    NodeListing.Reach found = reaching.reach(management, node);
    if (found instanceof NodeListing.Reach.Unreachable) {
      allReached = false;
    }
    return found;
  }
}
