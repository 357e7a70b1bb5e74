package org.skep.simulation.fault;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.StorageHost;

/// What a client has sent to a primary arrives when that has been replaced, has come back and is
/// primary again, in the same process: the wire between the two stands still meanwhile. One at a
/// time.
public final class OldRequest implements Fault {
  private static final long SECOND = 1_000_000_000L;
  private static final long LOOK_NANOS = SECOND / 10;

  /// Longer than an offline time-out, or a resync.
  private static final long PATIENCE_NANOS = 20 * SECOND;

  private final long pauseNanos;
  private boolean striking;

  public OldRequest(long pauseNanos) {
    this.pauseNanos = pauseNanos;
  }

  @Override
  public long pauseNanos() {
    return pauseNanos;
  }

  @Override
  public void strike(SimulatedCluster cluster) {
    SplittableRandom random = cluster.scheduler().random();
    List<BuddyGroup> groups = map(cluster).groupsOf(NodeKind.STORAGE);
    if (!striking && !groups.isEmpty()) {
      striking = true;
      BuddyGroup group = groups.get(random.nextInt(groups.size()));
      String client = cluster.client(random.nextInt(cluster.clients().size())).host();
      new Strike(cluster, group, client).begin();
    }
  }

  /// As somebody knows it who is always connected.
  private static ClusterMap map(SimulatedCluster cluster) {
    return cluster.client(0).client().maps().current();
  }

  /// One group that is taken through it, step by step.
  private final class Strike {
    private final SimulatedCluster cluster;
    private final int groupId;
    private final int first;
    private final StorageHost primary;
    private final StorageHost secondary;
    private final String client;

    Strike(SimulatedCluster cluster, BuddyGroup group, String client) {
      this.cluster = cluster;
      this.client = client;
      groupId = group.id();
      first = group.primary();
      primary = cluster.storageOf(group.primary());
      secondary = cluster.storageOf(group.secondary());
    }

    void begin() {
      cluster.log().event("what " + client + " sends to " + primary.host() + " is held");
      cluster.network().cut(client, primary.host());
      cluster.network().cut(primary.host(), cluster.managementHost());
      await(() -> group().primary() != first, this::replaced);
    }

    private void replaced() {
      cluster.network().heal(primary.host(), cluster.managementHost());
      await(() -> isWhole(first), this::returned);
    }

    private void returned() {
      secondary.kill();
      await(() -> group().primary() == first, this::end);
    }

    private void end() {
      cluster.log().event("what " + client + " has sent to " + primary.host() + " arrives");
      cluster.network().heal(primary.host(), cluster.managementHost());
      cluster.network().heal(client, primary.host());
      cluster
          .scheduler()
          .after(
              cluster.scheduler().random().nextLong(SECOND),
              () -> {
                if (!secondary.isUp()) {
                  secondary.boot();
                }
                striking = false;
              });
    }

    private BuddyGroup group() {
      BuddyGroup group = map(cluster).group(NodeKind.STORAGE, groupId);
      if (group == null) {
        throw new IllegalStateException("no group " + groupId);
      }
      return group;
    }

    private boolean isWhole(int targetId) {
      Target target = map(cluster).target(NodeKind.STORAGE, targetId);
      return target != null
          && target.consistency() == Consistency.GOOD
          && target.reachability() == Reachability.ONLINE;
    }

    private void await(BooleanSupplier condition, Runnable then) {
      long end = cluster.scheduler().nowNanos() + PATIENCE_NANOS;
      cluster.scheduler().after(LOOK_NANOS, () -> look(end, condition, then));
    }

    private void look(long end, BooleanSupplier condition, Runnable then) {
      if (condition.getAsBoolean()) {
        then.run();
      } else if (cluster.scheduler().nowNanos() > end) {
        end();
      } else {
        cluster.scheduler().after(LOOK_NANOS, () -> look(end, condition, then));
      }
    }
  }
}
