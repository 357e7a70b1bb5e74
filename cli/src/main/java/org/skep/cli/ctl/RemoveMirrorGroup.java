package org.skep.cli.ctl;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.GroupConnection;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.terminal.Progress;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListChunksRequest;
import org.skep.wire.message.RemoveMirrorGroupRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `--removemirrorgroup`: takes a group apart that holds nothing.
@Command(
    name = "--removemirrorgroup",
    mixinStandardHelpOptions = true,
    description = {
      "Of storage: removes a mirror group; its targets stay. Refuses while the group holds data.",
      "Of meta: takes the secondary off the shard, which goes on with one copy; the target becomes"
          + " a spare, for any group."
    },
    footer = {
      "",
      "Examples:",
      "  skep ctl --removemirrorgroup --mirrorgroupid=3 --dry-run",
      "  skep ctl --removemirrorgroup --nodetype=meta --mirrorgroupid=1"
    })
final class RemoveMirrorGroup extends ClusterCommand {
  private static final int PAGE = 10_000;

  /// Enough to say how much it is about.
  private static final int COUNT_MAX = 1_000_000;

  @Mixin private TargetKindOption kindOption;

  @Option(
      names = "--mirrorgroupid",
      paramLabel = "ID",
      required = true,
      description = "The mirror group.")
  private int groupId;

  @Option(
      names = {"--dry-run", "--dryrun"},
      description = "Only says whether it could be removed.")
  private boolean dryRun;

  @Option(
      names = "--force",
      description =
          "Of storage: removes it without asking it what it holds: files with chunks there can't be"
              + " read any more.")
  private boolean force;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixins before it runs the command
  RemoveMirrorGroup() {}

  @Override
  public Integer call() {
    NodeKind kind = kindOption.of(spec());
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      ClusterMap map = status(management).map();
      BuddyGroup group = map.group(kind, groupId);
      if (group == null || !group.isPair()) {
        throw new CommandFailure("there is no " + kind.label() + " mirror group " + groupId);
      }
      if (kind == NodeKind.METADATA) {
        refuseUnlessServed(map, group);
      } else if (!force) {
        refuseUnlessEmpty(management, map);
      }
      String what =
          kind == NodeKind.METADATA
              ? "Target " + group.secondary() + " of metadata mirror group " + groupId
              : "Mirror group " + groupId;
      if (dryRun) {
        print(List.of(what + " would be removed."));
        return ExitCode.DONE;
      }
      var _ =
          management.call(
              Operations.REMOVE_MIRROR_GROUP,
              RemoveMirrorGroupRequest.newBuilder()
                  .setKind(MapCodec.message(kind))
                  .setGroupId(groupId)
                  .build(),
              timeoutNanos());
      print(
          List.of(
              what + " was removed" + (kind == NodeKind.METADATA ? "; it is a spare now." : ".")));
      return ExitCode.DONE;
    }
  }

  private static void refuseUnlessServed(ClusterMap map, BuddyGroup group) {
    Target primary = map.target(group.kind(), group.primary());
    if (primary == null
        || primary.consistency() != Consistency.GOOD
        || primary.reachability() != Reachability.ONLINE) {
      throw new CommandFailure(
          "only the primary's copy would be left, and it is not Good and Online: "
              + map.describe(group));
    }
  }

  private void refuseUnlessEmpty(ManagementConnection management, ClusterMap map) {
    int count = 0;
    @Nullable ChunkId example = null;
    ByteString cursor = ByteString.EMPTY;
    try (Progress _ = Progress.start("asking group " + groupId + " what it holds");
        GroupConnection groups = management.groups(map, timeoutNanos())) {
      boolean end = false;
      while (!end && count < COUNT_MAX) {
        ListChunksReply page = page(groups, cursor);
        count += page.getChunksCount();
        if (example == null && page.getChunksCount() > 0) {
          example = page.getChunks(0);
        }
        cursor = page.getCursor();
        end = page.getEnd();
      }
    }
    if (example != null) {
      throw new CommandFailure(
          "mirror group "
              + groupId
              + " holds "
              + (count < COUNT_MAX ? "" : "at least ")
              + count
              + (count == 1 ? " chunk file" : " chunk files")
              + ", for example of the file with EntryID "
              + Ids.text(example.getInode())
              + ": remove these files or copy them elsewhere first");
    }
  }

  private ListChunksReply page(GroupConnection groups, ByteString cursor) {
    ListChunksRequest request =
        ListChunksRequest.newBuilder().setCursor(cursor).setCountMax(PAGE).build();
    return switch (groups.ask(groupId, Operations.LIST_CHUNKS, request)) {
      case Answer.Done<ListChunksReply> done -> done.reply();
      case Answer.Refused<ListChunksReply>(Failure failure) ->
          throw new CommandFailure(
              "mirror group "
                  + groupId
                  + " does not say what it holds ("
                  + failure.detail()
                  + "): nothing was removed");
    };
  }
}
