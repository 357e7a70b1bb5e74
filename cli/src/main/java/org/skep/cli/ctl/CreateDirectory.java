package org.skep.cli.ctl;

import java.nio.file.Path;
import org.skep.cli.outcome.CommandFailure;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.NodeKind;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.MakeDirectoryRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `--createdir`: a directory on a chosen metadata server.
@Command(
    name = "--createdir",
    mixinStandardHelpOptions = true,
    description = "Creates a directory whose entries will be on the given metadata target.",
    footer = {"", "Example:", "  skep ctl --createdir --nodes=2 mnt/on-the-second"})
final class CreateDirectory extends EntryCommand {
  @Option(
      names = "--nodes",
      paramLabel = "ID",
      required = true,
      description = "The metadata target.")
  private int target;

  @Option(names = "--access", paramLabel = "MODE", description = "Octal (default: 0755).")
  private String access = "0755";

  @Option(names = "--uid", paramLabel = "UID", description = "The owner (default: 0).")
  private int uid;

  @Option(names = "--gid", paramLabel = "GID", description = "The group (default: 0).")
  private int gid;

  CreateDirectory() {}

  @Override
  void run(ClusterClient client, Path fromRoot) throws ErrnoException {
    int shard = shard(client);
    FileSystem files = client.fileSystem();
    Attributes parent = findParent(files, fromRoot);
    Attributes _ =
        files.makeDirectory(
            MakeDirectoryRequest.newBuilder()
                .setParent(parent.getInode())
                .setName(bytes(fromRoot.getFileName()))
                .setMode(EntryModes.DIRECTORY | EntryModes.parse(access))
                .setCaller(Caller.newBuilder().setUid(uid).setGid(gid).setPrivileged(true))
                .setShard(shard)
                .build());
  }

  private int shard(ClusterClient client) {
    return client.maps().current().groupsOf(NodeKind.METADATA).stream()
        .filter(group -> group.primary() == target)
        .map(BuddyGroup::id)
        .findFirst()
        .orElseThrow(() -> new CommandFailure("there is no metadata target " + target));
  }
}
