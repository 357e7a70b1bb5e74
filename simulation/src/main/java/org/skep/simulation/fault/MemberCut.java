package org.skep.simulation.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.NodeKind;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedGroups;

/// A member of a metadata group is cut off for a while, in one direction or both: from management,
/// from its buddy, from a client, or from management and its buddy.
public record MemberCut(long nanosMax, long pauseNanos) implements Fault {

  @Override
  public void strike(SimulatedCluster cluster) {
    SplittableRandom random = cluster.scheduler().random();
    List<BuddyGroup> pairs =
        new SimulatedGroups(cluster, NodeKind.METADATA)
            .newest().groupsOf(NodeKind.METADATA).stream().filter(BuddyGroup::isPair).toList();
    if (pairs.isEmpty()) {
      return;
    }
    BuddyGroup group = pairs.get(random.nextInt(pairs.size()));
    boolean primary = random.nextInt(3) > 0;
    String member = cluster.metadataOf(primary ? group.primary() : group.secondary()).host();
    String buddy = cluster.metadataOf(primary ? group.secondary() : group.primary()).host();
    List<String> others = new ArrayList<>();
    int which = random.nextInt(8);
    if (which < 5) {
      others.add(cluster.managementHost());
    }
    if (which >= 3 && which < 7) {
      others.add(buddy);
    }
    if (which == 7) {
      others.add(cluster.client(random.nextInt(cluster.clients().size())).host());
    }
    int direction = random.nextInt(3);
    for (String other : others) {
      cluster
          .log()
          .event(
              "cut "
                  + member
                  + (direction == 2 ? " <-> " : direction == 1 ? " <- " : " -> ")
                  + other);
      if (direction != 1) {
        cluster.network().cut(member, other);
      }
      if (direction != 0) {
        cluster.network().cut(other, member);
      }
    }
    cluster
        .scheduler()
        .after(
            random.nextLong(nanosMax),
            () -> {
              cluster.log().event("heal " + member + " <-> " + others);
              others.forEach(other -> cluster.network().heal(member, other));
            });
  }
}
