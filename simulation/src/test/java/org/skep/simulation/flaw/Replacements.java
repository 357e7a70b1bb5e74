package org.skep.simulation.flaw;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupState;
import org.skep.management.ManagementSettings;
import org.skep.management.heartbeat.Heartbeats;
import org.skep.wire.Answer;

/// Bodies for methods of the product, for [Mutant]: what is wrong in a planted bug. Each has the
/// parameters of the method it stands for, the object first.
public final class Replacements {

  private Replacements() {}

  /// Of `PairRequest`: whatever the secondary answers, and if it does not, it has the change.
  public static boolean taken(Object request, @Nullable Answer<?> answer) {
    return true;
  }

  /// Of [GroupState.Member]: a member that needs a resync can be promoted.
  public static boolean isGoodAndOnline(GroupState.Member member) {
    return member.isOnline();
  }

  /// Of `Failover`: whoever is promoted counts as Good.
  public static GroupState succeeded(
      GroupState state, GroupState.Member primary, GroupState.Member secondary) {
    return new GroupState(
        new GroupState.Member(secondary.targetId(), secondary.reachability(), Consistency.GOOD),
        new GroupState.Member(primary.targetId(), primary.reachability(), Consistency.NEEDS_RESYNC),
        state.epoch() + 1,
        state.losses());
  }

  /// Of [Heartbeats]: ten times the time-out.
  public static long leaseNanos(Heartbeats heartbeats) {
    return 10 * ManagementSettings.OFFLINE_TIMEOUT_NANOS;
  }

  /// Of `Renaming`: every directory may go everywhere.
  public static void checkTree(Object renaming, Object reads) {}

  /// Of `Transaction`: no lock is taken.
  public static void lockRenames(Object transaction, int rootShard) {}

  /// Of `Replies`: the batch goes without the reply.
  public static void keep(Object replies, Object batch, Object call, Object reply) {}

  /// Of `Participant`: no intent is found.
  public static void start(Object participant) {}

  /// Of `ShardReplica`: the tail seems to have touched nothing.
  public static List<?> tail(Object replica, long common) {
    return List.of();
  }

  /// Of `Shard`: the secondary seems to have everything.
  public static void awaitAcknowledged(Object shard, long number) {}

  /// Of `StoreLife`: nothing was lost.
  public static boolean unsure(Object life) {
    return false;
  }
}
