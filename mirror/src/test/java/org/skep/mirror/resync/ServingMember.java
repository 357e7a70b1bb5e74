package org.skep.mirror.resync;

import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupMaps;
import org.skep.mirror.GroupMember;
import org.skep.mirror.GroupView;
import org.skep.mirror.Replica;
import org.skep.mirror.Surroundings;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.message.TargetReport;

/// A member that serves as soon as a map says so: its replica holds nothing.
final class ServingMember implements AutoCloseable {
  final Ports ports = RealPorts.create();
  final GroupMember member;
  private final MapHolder maps = new MapHolder(ports.clock());
  private final RpcClient client =
      new RpcClient(
          ports, RpcClient.Settings.of(NodeKind.METADATA, 1, null, () -> "", version -> {}));

  private static final class Nothing implements Replica {
    @Override
    public boolean prepare(GroupView before, GroupView next) {
      return true;
    }

    @Override
    public void cannotPrepare(GroupView next, String why) {}

    @Override
    public void begins(GroupView view) {}

    @Override
    public void ends(GroupView next) {}

    @Override
    public boolean unsure() {
      return false;
    }

    @Override
    public void report(GroupView view, TargetReport.Builder report) {}
  }

  private static final class Quiet implements Surroundings {
    @Override
    public boolean holdsLease() {
      return true;
    }

    @Override
    public long silentNanos() {
      return 10_000_000_000L;
    }

    @Override
    public void suspect(Node node) {}

    @Override
    public void beatNow() {}
  }

  ServingMember(ClusterMap first) throws InterruptedException {
    member =
        new GroupMember(
            ports, maps, client, NodeKind.METADATA, GroupMaps.OWN, new Quiet(), new Nothing());
    member.start();
    offer(first);
  }

  /// Returns when the member has it.
  void offer(ClusterMap map) throws InterruptedException {
    maps.offer(map);
    for (GroupView now = member.view(); now.mapVersion() < map.version(); now = member.view()) {
      member.awaitView(now, 1_000_000_000L);
    }
  }

  @Override
  public void close() {
    member.stop();
    client.close();
  }
}
