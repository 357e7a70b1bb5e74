package org.skep.cli.ctl;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Layout;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;
import org.skep.linux.OpenFlags;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CreateRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `--createfile`: an empty file on chosen targets.
@Command(
    name = "--createfile",
    mixinStandardHelpOptions = true,
    description = "Creates an empty file whose data will be on the given targets, in this order.",
    footer = {
      "",
      "Examples:",
      "  skep ctl --createfile --targets=101,301 mnt/on-two-targets",
      "  skep ctl --createfile --pattern=buddymirror --targets=2 mnt/in-a-group"
    })
final class CreateFile extends EntryCommand {
  @Option(
      names = "--targets",
      paramLabel = "ID",
      split = ",",
      required = true,
      description = "The storage targets, or with --pattern=buddymirror the mirror groups.")
  private List<Integer> targets = List.of();

  @Option(
      names = "--pattern",
      paramLabel = "KIND",
      converter = PatternKinds.class,
      description = "raid0 or buddymirror (default: raid0).")
  private StripePattern.Kind kind = StripePattern.Kind.RAID0;

  @Option(
      names = "--chunksize",
      paramLabel = "SIZE",
      converter = ChunkSizes.class,
      description = "A power of two from 64K to 1G (default: 512K).")
  private @Nullable Integer chunkBytes;

  @Option(names = "--access", paramLabel = "MODE", description = "Octal (default: 0644).")
  private String access = "0644";

  @Option(names = "--uid", paramLabel = "UID", description = "The owner (default: 0).")
  private int uid;

  @Option(names = "--gid", paramLabel = "GID", description = "The group (default: 0).")
  private int gid;

  CreateFile() {}

  @Override
  void run(ClusterClient client, Path fromRoot) throws ErrnoException {
    Layout layout = layout(client);
    FileSystem files = client.fileSystem();
    Attributes parent = findParent(files, fromRoot);
    files
        .create(
            CreateRequest.newBuilder()
                .setParent(parent.getInode())
                .setName(bytes(fromRoot.getFileName()))
                .setMode(EntryModes.REGULAR | EntryModes.parse(access))
                .setExclusive(true)
                .setOpenFlags(OpenFlags.O_WRONLY)
                .setCaller(Caller.newBuilder().setUid(uid).setGid(gid).setPrivileged(true))
                .setLayout(MapCodec.message(layout))
                .build())
        .close();
  }

  private Layout layout(ClusterClient client) {
    for (int id : targets) {
      refuseUnlessThere(client.maps().current(), id);
    }
    try {
      int bytes = chunkBytes == null ? StripePattern.DEFAULT.chunkBytes() : chunkBytes;
      return new Layout(kind, bytes, targets);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  private void refuseUnlessThere(ClusterMap map, int id) {
    boolean mirrored = kind == StripePattern.Kind.BUDDY_MIRROR;
    boolean there =
        mirrored
            ? map.group(NodeKind.STORAGE, id) != null
            : map.target(NodeKind.STORAGE, id) != null;
    if (!there) {
      throw new CommandFailure(
          "there is no storage " + (mirrored ? "mirror group " : "target ") + id);
    }
  }
}
