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
import org.skep.mirror.NodeSurroundings;
import org.skep.mirror.range.MemberLogs;
import org.skep.mirror.range.RangeReplica;
import org.skep.mirror.range.Recovery;
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

  private final Ports ports;
  private final MapSource maps;
  private final RpcClient client;
  private final Supplier<@Nullable NodeAgent> agent;
  private final Consumer<Node> suspect;
  private final Suspicions suspicions;
  private final List<Disk> disks = new ArrayList<>();
  private final List<MemberLogs> logs = new ArrayList<>();
  private final List<RangeReplica> replicas = new ArrayList<>();

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
  public RangeReplica join(int index, StorageTarget target, ChunkStore chunks, Recovery recovery) {
    RangeReplica replica =
        new RangeReplica(
            ports,
            maps,
            client,
            target.id(),
            logs.get(index),
            new NodeSurroundings(target.id(), agent, suspicions, suspect),
            recovery);
    target.mirror(replica, chunks);
    replicas.add(replica);
    return replica;
  }

  /// They follow the map from now on.
  public void start() {
    replicas.forEach(replica -> replica.member().start());
  }

  /// They serve nothing any more; returns when what was in progress has ended.
  public void stop() {
    replicas.forEach(replica -> replica.member().stop());
  }

  /// After [#stop] and the end of all requests: puts everything on the disks and says so in the
  /// logs. Whatever fails, nothing of it is said.
  public void leaveClean() {
    for (int i = 0; i < replicas.size(); i++) {
      try {
        if (logs.get(i).condition() == MemberLogs.Condition.SOUND) {
          disks.get(i).sync();
          replicas.get(i).markClean();
        }
        replicas.get(i).close();
      } catch (IOException e) {
        LOG.error(
            "{}: its group's logs are not marked as clean: {}",
            disks.get(i).name(),
            e.getMessage());
      }
    }
  }
}
