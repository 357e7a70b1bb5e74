package org.skep.cli.up;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.skep.cli.quantity.Sizes;
import org.skep.cli.status.ClusterStatus;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;

/// The live status of a cluster as lines of at most 80 characters.
final class StatusScreen {
  /// Must fit on a terminal of 24 lines; those in trouble are shown first.
  private static final int TARGETS_MAX = 14;

  /// With groups, which need lines of their own.
  private static final int TARGETS_BESIDE_GROUPS_MAX = 8;

  private static final int GROUPS_MAX = 5;

  private StatusScreen() {}

  /// @param before an earlier status, to tell throughput; null: none yet
  /// @param seconds between the two
  static List<String> lines(ClusterStatus now, @Nullable ClusterStatus before, double seconds) {
    List<String> lines = new ArrayList<>();
    lines.add(row("TargetID", "Type", "Reachability", "Consistency", "Free", "Total", "Ops/s"));
    lines.add(row("========", "====", "============", "===========", "====", "=====", "====="));
    List<Target> targets = inTrouble(now, true);
    targets.addAll(inTrouble(now, false));
    List<BuddyGroup> groups = mirrored(now);
    int shown =
        Math.min(targets.size(), groups.isEmpty() ? TARGETS_MAX : TARGETS_BESIDE_GROUPS_MAX);
    targets.subList(0, shown).stream()
        .sorted(Comparator.comparing(Target::kind).thenComparingInt(Target::id))
        .forEach(target -> lines.add(target(target, now, before, seconds)));
    lines.add(shown == targets.size() ? "" : "and " + (targets.size() - shown) + " more targets");
    lines.addAll(groups(now, groups));
    lines.add(throughput(now, before, seconds));
    return lines;
  }

  /// Those in trouble first.
  private static List<BuddyGroup> mirrored(ClusterStatus now) {
    List<BuddyGroup> groups = new ArrayList<>(now.map().groups());
    groups.removeIf(group -> !group.isPair());
    groups.sort(Comparator.comparing(group -> isWhole(now, group)));
    return groups;
  }

  private static boolean isWhole(ClusterStatus now, BuddyGroup group) {
    return trouble(now, group).isEmpty();
  }

  /// What is wrong with the group; empty: nothing.
  private static String trouble(ClusterStatus now, BuddyGroup group) {
    Target secondary = now.map().target(group.kind(), group.secondary());
    if (!now.map().hasGoodMember(group)) {
      return "no member is Good and online: requests wait";
    }
    if (now.isResyncing(group)) {
      return "resync of " + group.secondary() + " runs";
    }
    boolean good = secondary != null && secondary.consistency() == Consistency.GOOD;
    return good ? "" : "one copy: " + group.secondary() + " is not up to date";
  }

  private static List<String> groups(ClusterStatus now, List<BuddyGroup> groups) {
    List<String> lines = new ArrayList<>();
    for (BuddyGroup group : groups.subList(0, Math.min(groups.size(), GROUPS_MAX))) {
      String trouble = trouble(now, group);
      lines.add(
          group.kind().label()
              + " group "
              + group.id()
              + ": primary "
              + group.primary()
              + ", secondary "
              + group.secondary()
              + ", "
              + (trouble.isEmpty() ? "two copies" : trouble));
    }
    if (groups.size() > GROUPS_MAX) {
      lines.add("and " + (groups.size() - GROUPS_MAX) + " more mirror groups");
    }
    return lines;
  }

  private static List<Target> inTrouble(ClusterStatus now, boolean trouble) {
    List<Target> targets = new ArrayList<>(now.map().shownTargets());
    targets.removeIf(target ->
        trouble
            == (target.reachability() == Reachability.ONLINE
                && target.consistency() == Consistency.GOOD));
    return targets;
  }

  private static String row(Object... values) {
    return String.format(Locale.ROOT, "%8s %-7s %-16s %-12s %10s %10s %9s", values).stripTrailing();
  }

  private static String target(
      Target target, ClusterStatus now, @Nullable ClusterStatus before, double seconds) {
    Optional<ClusterStatus.Space> space = now.space(target);
    return row(
        target.id(),
        target.kind().label(),
        target.reachability().label(),
        now.consistency(target).label(),
        space.map(known -> Sizes.about((double) known.freeBytes())).orElse("unknown"),
        space.map(known -> Sizes.about((double) known.totalBytes())).orElse("unknown"),
        String.format(Locale.ROOT, "%.0f", operations(target, now, before, seconds)));
  }

  private static double operations(
      Target target, ClusterStatus now, @Nullable ClusterStatus before, double seconds) {
    if (before == null || seconds <= 0) {
      return 0;
    }
    return grown(
            now.report(target).map(ClusterStatus.Report::operations).orElse(0L),
            before.report(target).map(ClusterStatus.Report::operations).orElse(0L))
        / seconds;
  }

  private static String throughput(
      ClusterStatus now, @Nullable ClusterStatus before, double seconds) {
    double read = 0;
    double written = 0;
    for (Target target : now.map().targetsOf(NodeKind.STORAGE)) {
      Optional<ClusterStatus.Report> newer = now.report(target);
      Optional<ClusterStatus.Report> older =
          before == null ? Optional.empty() : before.report(target);
      if (newer.isPresent() && older.isPresent() && seconds > 0) {
        read += grown(newer.get().readBytes(), older.get().readBytes()) / seconds;
        written += grown(newer.get().writtenBytes(), older.get().writtenBytes()) / seconds;
      }
    }
    return "reading "
        + Sizes.about(read)
        + "/s, writing "
        + Sizes.about(written)
        + "/s, "
        + mounts(now.clients().size());
  }

  private static String mounts(int count) {
    return count == 1 ? "1 mount" : count + " mounts";
  }

  /// A counter that got smaller began anew, with its process.
  private static double grown(long now, long before) {
    return now >= before ? now - before : 0;
  }
}
