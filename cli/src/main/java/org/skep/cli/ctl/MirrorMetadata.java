package org.skep.cli.ctl;

import java.util.Optional;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ManagementConnection;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `--mirrormd`: all metadata shards get their second copies.
@Command(
    name = "--mirrormd",
    mixinStandardHelpOptions = true,
    description = {
      "Mirrors all metadata: each shard that holds something gets a second copy on another server,"
          + " on an empty target or a spare that the server keeps.",
      "The same as --addmirrorgroup --nodetype=meta --automatic. Clients stay mounted and go on."
    },
    footer = {"", "Examples:", "  skep ctl --mirrormd --dryrun", "  skep mirror metadata"})
final class MirrorMetadata extends ClusterCommand {
  @Option(
      names = "--force",
      description = "Mirrors what can be, though targets are left without a group.")
  private boolean force;

  @Option(
      names = {"--dryrun", "--dry-run"},
      description = "Only shows the groups.")
  private boolean dryRun;

  MirrorMetadata() {}

  @Override
  public Integer call() {
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      new NewGroups(this, management, NodeKind.METADATA)
          .automatic(new NewGroups.Wanted(force, dryRun, false));
    }
    return ExitCode.DONE;
  }
}
