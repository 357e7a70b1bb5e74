package org.skep.cli.ctl;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.StripePattern;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Attributes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `--setpattern`: how new files of a directory are striped.
@Command(
    name = "--setpattern",
    mixinStandardHelpOptions = true,
    description = {
      "Sets how new files in a directory are striped, and new directories in it.",
      "What is there already stays as it is. What is not given stays, too."
    },
    footer = {
      "",
      "Examples:",
      "  skep ctl --setpattern --chunksize=1M --numtargets=8 mnt/big",
      "  skep ctl --setpattern --pattern=buddymirror mnt/mirrored"
    })
final class SetPattern extends EntryCommand {
  @Option(
      names = "--chunksize",
      paramLabel = "SIZE",
      converter = ChunkSizes.class,
      description = "A power of two from 64K to 1G.")
  private @Nullable Integer chunkBytes;

  @Option(
      names = "--numtargets",
      paramLabel = "COUNT",
      description =
          "Over how many targets, or with buddymirror groups, 1 to 256; as many as there are, if"
              + " fewer.")
  private @Nullable Integer targetCount;

  @Option(
      names = "--pattern",
      paramLabel = "KIND",
      converter = PatternKinds.class,
      description =
          "raid0: each chunk on one target; buddymirror: on both members of a mirror group.")
  private StripePattern.@Nullable Kind kind;

  SetPattern() {}

  @Override
  void run(ClusterClient client, Path fromRoot) throws ErrnoException {
    FileSystem files = client.fileSystem();
    Attributes directory = find(files, fromRoot);
    if (EntryText.Type.of(directory.getMode()) != EntryText.Type.DIRECTORY) {
      throw new CommandFailure(path() + " is not a directory: only directories have a pattern");
    }
    try {
      StripePattern old = MapCodec.of(files.pattern(directory.getInode()));
      StripePattern changed =
          new StripePattern(
              kind == null ? old.kind() : kind,
              chunkBytes == null ? old.chunkBytes() : chunkBytes,
              targetCount == null ? old.targetCount() : targetCount,
              old.storagePoolId());
      refuseWithoutGroups(client.maps().current(), changed);
      files.setPattern(directory.getInode(), MapCodec.message(changed));
      boolean mirrored = changed.kind() == StripePattern.Kind.BUDDY_MIRROR;
      print(
          List.of(
              "New pattern: " + (mirrored ? "Buddy Mirror" : "RAID0"),
              "New chunksize: " + changed.chunkBytes(),
              (mirrored
                      ? "New number of storage buddy groups: "
                      : "New number of storage targets: ")
                  + changed.targetCount()));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    } catch (MalformedFrameException e) {
      throw new IllegalStateException("a server's answer makes no sense", e);
    }
  }

  /// Without a group no file could be made in the directory any more.
  private static void refuseWithoutGroups(ClusterMap map, StripePattern pattern) {
    boolean there =
        pattern.kind() != StripePattern.Kind.BUDDY_MIRROR
            || map.groupsOf(NodeKind.STORAGE).stream()
                .map(group -> map.target(NodeKind.STORAGE, group.primary()))
                .anyMatch(
                    target -> target != null && target.storagePoolId() == pattern.storagePoolId());
    if (!there) {
      throw new CommandFailure(
          "there are no storage mirror groups in storage pool "
              + pattern.storagePoolId()
              + ": make some with `skep ctl --addmirrorgroup --nodetype=storage --automatic`");
    }
  }
}
