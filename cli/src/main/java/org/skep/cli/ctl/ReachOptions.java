package org.skep.cli.ctl;

import java.io.IOException;
import org.skep.cli.status.ManagementConnection;
import org.skep.cluster.Node;
import picocli.CommandLine.Option;

/// How hard to try to connect to a server from here.
final class ReachOptions {
  private static final long NANOS_PER_MILLI = 1_000_000L;

  @Option(
      names = "--reachretries",
      paramLabel = "COUNT",
      defaultValue = "6",
      description = "How often to try (default: ${DEFAULT-VALUE}).")
  private int retries;

  @Option(
      names = "--reachtimeout",
      paramLabel = "MILLISECONDS",
      defaultValue = "500",
      description = "How long to try each time (default: ${DEFAULT-VALUE}).")
  private int timeoutMillis;

  /// Tries once at least.
  NodeListing.Reach reach(ManagementConnection management, Node node) {
    String reason = "";
    for (int i = 0; i < Math.max(1, retries); i++) {
      try {
        return new NodeListing.Reach.Reached(
            management.reach(node, timeoutMillis * NANOS_PER_MILLI));
      } catch (IOException e) {
        reason = String.valueOf(e.getMessage());
      }
    }
    return new NodeListing.Reach.Unreachable(reason);
  }
}
