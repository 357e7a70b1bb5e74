package org.skep.storage.group;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupMember;
import org.skep.mirror.MemberLogs;
import org.skep.mirror.Recovery;
import org.skep.mirror.Surroundings;
import org.skep.runtime.membership.NodeAgent;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.skep.runtime.route.Suspicions;
import org.skep.runtime.rpc.RpcClient;
import org.skep.storage.chunk.ChunkStore;
import org.skep.storage.target.StorageTarget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The members of this process, one for each target: made when it starts, told of its end. Belongs
/// to the thread that starts the service, then to the one that stops it.
public final class Members {
  private static final Logger LOG = LoggerFactory.getLogger(Members.class);

  /// As long as management has not said how long a lease is: half of its usual offline time-out.
  private static final long SILENT_NANOS = 2_500_000_000L;

  private final Ports ports;
  private final MapSource maps;
  private final RpcClient client;
  private final Supplier<@Nullable NodeAgent> agent;
  private final Consumer<Node> suspect;
  private final Suspicions suspicions;
  private final List<Disk> disks = new ArrayList<>();
  private final List<MemberLogs> logs = new ArrayList<>();
  private final List<GroupMember> members = new ArrayList<>();

  /// @param client whose client id is this process's incarnation
  /// @param agent null as long as there is none
  /// @param suspect is told, on a thread of its own, of a process that refuses connections
  public Members(
      Ports ports,
      MapSource maps,
      RpcClient client,
      Supplier<@Nullable NodeAgent> agent,
      Consumer<Node> suspect) {
    this.ports = ports;
    this.maps = maps;
    this.client = client;
    this.agent = agent;
    this.suspect = suspect;
    suspicions = new Suspicions(ports);
  }

  /// Looks at the members' logs, before the process registers.
  ///
  /// @return which of the disks may have lost acknowledged changes
  public Set<Integer> open(List<Disk> all) throws IOException {
    Set<Integer> unsure = new TreeSet<>();
    for (Disk disk : all) {
      MemberLogs own = MemberLogs.open(disk, ports.clock(), ChunkStore.MIRRORED);
      if (own.unsure()) {
        LOG.warn("{}: acknowledged changes of its group may be lost", disk.name());
        unsure.add(disks.size());
      }
      disks.add(disk);
      logs.add(own);
    }
    return unsure;
  }

  /// Makes the target a member, of whatever group the map says.
  ///
  /// @param index of its disk
  public GroupMember join(int index, StorageTarget target, ChunkStore chunks, Recovery recovery) {
    GroupMember member =
        new GroupMember(
            ports,
            maps,
            client,
            NodeKind.STORAGE,
            target.id(),
            logs.get(index),
            surroundings(target.id()),
            recovery);
    target.mirror(member, chunks);
    members.add(member);
    return member;
  }

  /// They follow the map from now on.
  public void start() {
    members.forEach(GroupMember::start);
  }

  /// They serve nothing any more; returns when what was in progress has ended.
  public void stop() {
    members.forEach(GroupMember::stop);
  }

  /// After [#stop] and the end of all requests: puts everything on the disks and says so in the
  /// logs. Whatever fails, nothing of it is said.
  public void leaveClean() {
    for (int i = 0; i < members.size(); i++) {
      try {
        if (logs.get(i).condition() == MemberLogs.Condition.SOUND) {
          disks.get(i).sync();
          members.get(i).markClean();
        }
        members.get(i).close();
      } catch (IOException e) {
        LOG.error(
            "{}: its group's logs are not marked as clean: {}",
            disks.get(i).name(),
            e.getMessage());
      }
    }
  }

  private Surroundings surroundings(int targetId) {
    return new Surroundings() {
      @Override
      public boolean holdsLease() {
        NodeAgent now = agent.get();
        return now != null && now.leases().holds(targetId);
      }

      // A lease is three fifths of the offline time-out.
      @Override
      public long silentNanos() {
        NodeAgent now = agent.get();
        long lease = now == null ? 0 : now.leases().lengthNanos();
        return lease == 0 ? SILENT_NANOS : lease / 6 * 5;
      }

      @Override
      public void suspect(Node node) {
        suspicions.add(node, suspect);
      }

      @Override
      public void beatNow() {
        NodeAgent now = agent.get();
        if (now != null) {
          now.beatNow();
        }
      }
    };
  }
}
