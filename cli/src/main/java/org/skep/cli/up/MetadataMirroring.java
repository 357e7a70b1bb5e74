package org.skep.cli.up;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.status.ManagementConnection;
import org.skep.cli.status.ShardContents;
import org.skep.cli.terminal.Progress;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Pairing;
import org.skep.cluster.Reachability;
import org.skep.cluster.ShardPairing;
import org.skep.cluster.Target;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.NewGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `--mirror` of metadata: each shard that holds something gets a secondary, an empty target or a
/// spare of another server, and is waited for until it has all.
final class MetadataMirroring {
  private static final Logger LOGGER = LoggerFactory.getLogger(MetadataMirroring.class);
  private static final long ASK_NANOS = 30_000_000_000L;

  /// A resync that takes longer goes on behind the mount.
  private static final int WAIT_SECONDS_MAX = 60;

  /// Servers that have just started may still be opening their shards.
  private static final int OPENING_SECONDS_MAX = 10;

  private static final int LOOK_MILLIS = 100;

  private final ManagementConnection management;

  MetadataMirroring(ManagementConnection management) {
    this.management = management;
  }

  void prepare() {
    ClusterMap map = map();
    boolean single = map.groupsOf(NodeKind.METADATA).stream().anyMatch(group -> !group.isPair());
    if (single) {
      add(ShardPairing.of(map, contents().empty()));
    }
    awaitGood();
  }

  private ClusterMap map() {
    return management.status(ASK_NANOS).map();
  }

  private ShardContents contents() {
    ShardContents contents = ShardContents.ask(management, ASK_NANOS);
    int looks = OPENING_SECONDS_MAX * 1000 / LOOK_MILLIS;
    for (int i = 0; i < looks && !contents.unknown().isEmpty(); i++) {
      pause();
      contents = ShardContents.ask(management, ASK_NANOS);
    }
    contents
        .unknown()
        .forEach((shard, reason) ->
            LOGGER.warn("metadata shard {} does not say what it holds: {}", shard, reason));
    return contents;
  }

  private void add(Pairing.Plan plan) {
    if (!plan.pairs().isEmpty()) {
      AddMirrorGroupsRequest.Builder request =
          AddMirrorGroupsRequest.newBuilder().setKind(MapCodec.message(NodeKind.METADATA));
      for (Pairing.Pair pair : plan.pairs()) {
        request.addGroups(
            NewGroup.newBuilder().setPrimary(pair.primary()).setSecondary(pair.secondary()));
      }
      var _ = management.call(Operations.ADD_MIRROR_GROUPS, request.build(), ASK_NANOS);
    }
    String left =
        plan.left().stream()
            .map(one -> one.targetId() + " (" + one.reason() + ")")
            .collect(Collectors.joining(", "));
    if (!left.isEmpty()) {
      LOGGER.warn("metadata targets in no mirror group: {}", left);
    }
  }

  private void awaitGood() {
    List<String> waiting = behind(map());
    if (waiting.isEmpty()) {
      return;
    }
    int looks = WAIT_SECONDS_MAX * 1000 / LOOK_MILLIS;
    try (Progress _ = Progress.start("mirroring metadata")) {
      for (int i = 0; i < looks && !waiting.isEmpty(); i++) {
        pause();
        waiting = behind(map());
      }
    }
    if (waiting.isEmpty()) {
      LOGGER.info("all metadata groups have two copies");
    } else {
      LOGGER.warn("still bringing a second copy up to date, behind the mount: {}", waiting);
    }
  }

  /// The groups whose secondary is there and misses something.
  private static List<String> behind(ClusterMap map) {
    return map.groupsOf(NodeKind.METADATA).stream()
        .filter(BuddyGroup::isPair)
        .filter(group -> isBehind(map.target(group.kind(), group.secondary())))
        .filter(map::hasGoodMember)
        .map(map::describe)
        .toList();
  }

  private static boolean isBehind(@Nullable Target secondary) {
    return secondary != null
        && secondary.reachability() == Reachability.ONLINE
        && secondary.consistency() == Consistency.NEEDS_RESYNC;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }
}
