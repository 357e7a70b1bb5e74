package org.skep.management.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.management.state.Command.Claim;
import org.skep.wire.MapCodec;

/// The rule of [Command.RegisterNode], for one command.
///
/// A target is known by its uuid. Which node it is: the one asked for, else the one that has the
/// claimed targets already, else the lowest free id. Refused are, with nothing changed:
///
/// | claim | errno |
/// | --- | --- |
/// | of another cluster, without targets, the same one twice, of clients, a spare of storage | EINVAL |
/// | a target id that another uuid has or had | EEXIST |
/// | a uuid that has another target id | EEXIST |
/// | a node id whose targets are none of the claimed ones | EEXIST |
/// | a target that another node serves at present (Online) | EBUSY |
/// | no id left, or the map would become too large for a message | ENOSPC |
///
/// Claimed targets become Online (members of pairs by [org.skep.cluster.Failover]'s Returned, which
/// is told that one is unsure only by a process that is new); the node's other targets, which its
/// process does not serve, Offline. A target gets a new epoch when its node changes and when it
/// returns after a removal. A new metadata target gets a group (shard) of its own with the same id,
/// and the first of all is the root shard; a spare that its server keeps gets none. One that
/// returns after a removal has again the shard that it led, or none, and one that is known what it
/// has.
final class Registration {

  /// Ends the decision; the state stays.
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final Errno errno;

    Refusal(Errno errno, String reason) {
      super(reason, null, false, false);
      this.errno = errno;
    }
  }

  private final ClusterState state;
  private final ClusterMap map;
  private final Command.RegisterNode command;
  private final NodeKind kind;

  Registration(ClusterState state, Command.RegisterNode command) {
    this.state = state;
    this.map = state.map();
    this.command = command;
    this.kind = command.kind();
  }

  Step step() {
    try {
      checkClaims();
      int nodeId = nodeId();
      List<Target> claimed = claimedTargets(nodeId);
      GroupWork work = new GroupWork(targets(nodeId, claimed), groups(claimed));
      seeMembers(work, nodeId, claimed);
      ClusterState next = next(nodeId, claimed, work);
      if (MapCodec.message(next.map()).getSerializedSize() > CommandLimits.MAP_BYTES_MAX) {
        throw new Refusal(Errno.ENOSPC, "the cluster map is full");
      }
      return new Step(
          next,
          new Result.Registered(nodeId, claimed.stream().map(Target::id).toList()),
          work.moves());
    } catch (Refusal refusal) {
      return Step.rejected(state, refusal.errno, String.valueOf(refusal.getMessage()));
    }
  }

  private void checkClaims() throws Refusal {
    if (!command.clusterId().isEmpty() && !command.clusterId().equals(map.clusterId())) {
      throw new Refusal(
          Errno.EINVAL,
          "the directories belong to cluster "
              + command.clusterId()
              + ", this is cluster "
              + map.clusterId());
    }
    switch (kind) {
      case METADATA, STORAGE -> {
        if (command.claims().isEmpty()) {
          throw new Refusal(Errno.EINVAL, "a " + kind.label() + " server without targets");
        }
      }
      case MANAGEMENT -> {
        if (!command.claims().isEmpty() || command.nodeId() == 0) {
          throw new Refusal(Errno.EINVAL, "management has a node id and no targets");
        }
      }
      case CLIENT -> throw new Refusal(Errno.EINVAL, "clients don't register");
    }
    if (kind != NodeKind.METADATA && command.claims().stream().anyMatch(Claim::keptSpare)) {
      throw new Refusal(Errno.EINVAL, "a " + kind.label() + " server keeps no spares");
    }
    Set<Object> seen = new HashSet<>();
    for (Claim claim : command.claims()) {
      if (!seen.add(claim.uuid()) || (claim.targetId() != 0 && !seen.add(claim.targetId()))) {
        throw new Refusal(
            Errno.EINVAL, "claimed twice: target " + claim.targetId() + ", uuid " + claim.uuid());
      }
      checkIdentity(claim);
    }
  }

  private void checkIdentity(Claim claim) throws Refusal {
    int known = knownId(claim);
    if (known != 0 && claim.targetId() != 0 && known != claim.targetId()) {
      throw new Refusal(
          Errno.EEXIST,
          "the directory with uuid "
              + claim.uuid()
              + " is "
              + name(known)
              + ", not "
              + claim.targetId());
    }
    if (known == 0 && claim.targetId() != 0) {
      Target other = map.target(kind, claim.targetId());
      Retired former = state.retiredOfId(kind, claim.targetId());
      if (other != null) {
        throw new Refusal(
            Errno.EEXIST, name(other.id()) + " is another directory, with uuid " + other.uuid());
      }
      if (former != null) {
        throw new Refusal(
            Errno.EEXIST,
            name(former.targetId())
                + " was another directory, with uuid "
                + former.uuid()
                + "; ids of removed targets are not given again");
      }
    }
  }

  /// The id under which the claim's uuid is or was registered, or 0.
  private int knownId(Claim claim) {
    Target target = state.targetOfUuid(kind, claim.uuid());
    if (target != null) {
      return target.id();
    }
    Retired former = state.retiredOfUuid(kind, claim.uuid());
    return former == null ? 0 : former.targetId();
  }

  private int nodeId() throws Refusal {
    Set<Integer> owners =
        command.claims().stream()
            .flatMap(claim -> Stream.ofNullable(targetOf(claim)))
            .map(Target::nodeId)
            .collect(Collectors.toSet());
    if (command.nodeId() != 0) {
      boolean hasTargets =
          map.targets().stream()
              .anyMatch(target -> target.kind() == kind && target.nodeId() == command.nodeId());
      if (hasTargets && !owners.contains(command.nodeId())) {
        throw new Refusal(
            Errno.EEXIST,
            kind.label() + " node " + command.nodeId() + " is another server, with other targets");
      }
      return command.nodeId();
    }
    if (owners.size() > 1) {
      throw new Refusal(
          Errno.EINVAL, "the targets belong to nodes " + owners + ": say which node this is");
    }
    return owners.isEmpty() ? freeNodeId() : owners.iterator().next();
  }

  private @Nullable Target targetOf(Claim claim) {
    return state.targetOfUuid(kind, claim.uuid());
  }

  private int freeNodeId() throws Refusal {
    Set<Integer> taken = map.nodesOf(kind).stream().map(Node::id).collect(Collectors.toSet());
    int id = TargetIds.lowestFree(taken);
    if (id == 0) {
      throw new Refusal(Errno.ENOSPC, "no " + kind.label() + " node id is left");
    }
    return id;
  }

  /// The claimed targets as they will be, in the order of the claims.
  private List<Target> claimedTargets(int nodeId) throws Refusal {
    Set<Integer> taken = new HashSet<>();
    map.targetsOf(kind).forEach(target -> taken.add(target.id()));
    state.retired().stream()
        .filter(former -> former.kind() == kind)
        .forEach(former -> taken.add(former.targetId()));
    command.claims().forEach(claim -> taken.add(claim.targetId()));
    List<Target> claimed = new ArrayList<>();
    for (Claim claim : command.claims()) {
      Target target = claimedTarget(claim, nodeId, taken);
      taken.add(target.id());
      claimed.add(target);
    }
    return claimed;
  }

  private Target claimedTarget(Claim claim, int nodeId, Set<Integer> taken) throws Refusal {
    Target known = targetOf(claim);
    if (known != null) {
      return Targets.keptSpare(taken(known, nodeId), claim.keptSpare());
    }
    Retired former = state.retiredOfUuid(kind, claim.uuid());
    int id = former != null ? former.targetId() : claim.targetId();
    if (id == 0) {
      id = claim.keptSpare() ? TargetIds.highestFree(taken) : TargetIds.next(kind, nodeId, taken);
    }
    if (id == 0) {
      throw new Refusal(Errno.ENOSPC, "no " + kind.label() + " target id is left");
    }
    return new Target(
        kind,
        id,
        nodeId,
        claim.uuid(),
        former == null ? 1 : former.epoch() + 1,
        Reachability.ONLINE,
        Consistency.GOOD,
        claim.storagePoolId() == 0 ? Target.DEFAULT_POOL : claim.storagePoolId(),
        claim.keptSpare());
  }

  private Target taken(Target known, int nodeId) throws Refusal {
    if (known.nodeId() == nodeId) {
      return Targets.withReachability(known, Reachability.ONLINE);
    }
    if (known.reachability() == Reachability.ONLINE) {
      throw new Refusal(
          Errno.EBUSY,
          name(known.id()) + " is served by node " + known.nodeId() + " at present: stop it first");
    }
    return Targets.movedTo(known, nodeId, Reachability.ONLINE);
  }

  /// All targets as they will be, but that members of pairs are as reachable as they were.
  private List<Target> targets(int nodeId, List<Target> claimed) {
    List<Target> targets = new ArrayList<>();
    Set<Integer> claimedIds = ids(claimed);
    for (Target target : map.targets()) {
      if (target.kind() == kind && claimedIds.contains(target.id())) {
        continue;
      }
      boolean offline =
          target.kind() == kind && target.nodeId() == nodeId && !isInPair(target.id());
      targets.add(offline ? Targets.withReachability(target, Reachability.OFFLINE) : target);
    }
    for (Target target : claimed) {
      Target before = isInPair(target.id()) ? map.target(kind, target.id()) : null;
      targets.add(
          before == null ? target : Targets.withReachability(target, before.reachability()));
    }
    return targets;
  }

  private boolean isInPair(int targetId) {
    return map.pairOf(kind, targetId) != null;
  }

  private static Set<Integer> ids(List<Target> targets) {
    return targets.stream().map(Target::id).collect(Collectors.toSet());
  }

  /// The members of pairs that this node has or had: those not claimed are missed, the others are
  /// back. A process that registers once more has told before whether its targets are unsure.
  private void seeMembers(GroupWork work, int nodeId, List<Target> claimed) {
    Set<Integer> claimedIds = ids(claimed);
    work.see(
        work.targets().stream()
            .filter(target -> target.kind() == kind && target.nodeId() == nodeId)
            .filter(target -> isInPair(target.id()) && !claimedIds.contains(target.id()))
            .map(target -> Targets.withReachability(target, Reachability.OFFLINE))
            .toList());
    Node former = map.node(kind, nodeId);
    boolean sameProcess = former != null && former.incarnation() == command.incarnation();
    for (int i = 0; i < claimed.size(); i++) {
      int targetId = claimed.get(i).id();
      BuddyGroup pair = work.pairOf(kind, targetId);
      if (pair != null) {
        boolean unsure = command.claims().get(i).unsure() && !sameProcess;
        work.happen(pair, new GroupEvent.Returned(targetId, unsure));
      }
    }
  }

  private ClusterState next(int nodeId, List<Target> claimed, GroupWork work) {
    Node node =
        new Node(
            kind,
            nodeId,
            command.name(),
            command.hostId(),
            command.incarnation(),
            command.endpoints(),
            command.failureDomain());
    Set<Integer> claimedIds = ids(claimed);
    return state.with(
        rootShard(claimed),
        ClusterState.replaced(map.nodes(), map.node(kind, nodeId), node),
        work.targets(),
        work.groups(),
        state.retired().stream()
            .filter(former -> former.kind() != kind || !claimedIds.contains(former.targetId()))
            .toList());
  }

  private int rootShard(List<Target> claimed) {
    if (kind != NodeKind.METADATA || map.rootShard() != 0) {
      return map.rootShard();
    }
    return claimed.stream()
        .filter(target -> !target.keptSpare())
        .findFirst()
        .map(Target::id)
        .orElse(0);
  }

  private List<BuddyGroup> groups(List<Target> claimed) {
    List<BuddyGroup> groups = new ArrayList<>(map.groups());
    for (Target target : claimed) {
      Target before = map.target(kind, target.id());
      if (before == null && kind != NodeKind.METADATA) {
        continue;
      }
      if (before == null) {
        Retired former = state.retiredOfId(kind, target.id());
        if (former == null && !target.keptSpare()) {
          groups.add(new BuddyGroup(kind, target.id(), target.id(), BuddyGroup.NONE, 1));
        } else if (former != null && former.shard() != null) {
          groups.add(again(former.shard(), target));
        }
      } else if (before.nodeId() != target.nodeId()) {
        groups.replaceAll(group -> group.has(target.kind(), target.id()) ? newEpoch(group) : group);
      }
    }
    return groups;
  }

  private static BuddyGroup again(RetiredGroup shard, Target target) {
    return new BuddyGroup(
        shard.kind(),
        shard.groupId(),
        target.id(),
        BuddyGroup.NONE,
        shard.epoch() + 1,
        shard.losses());
  }

  private static BuddyGroup newEpoch(BuddyGroup group) {
    return new BuddyGroup(
        group.kind(),
        group.id(),
        group.primary(),
        group.secondary(),
        group.epoch() + 1,
        group.losses());
  }

  private String name(int targetId) {
    return kind.label() + " target " + targetId;
  }
}
