package org.skep.runtime.route;

import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.RpcClient;

/// Follows the map, on a thread of its own, and ends the requests in progress at processes that are
/// gone by it: all of whose targets became Offline, or that another one has replaced. So nobody
/// waits for a server that hangs once its groups are served elsewhere.
public final class ProcessWatch {
  /// How long a stop may go unseen.
  private static final long TICK_NANOS = 1_000_000_000L;

  private final Ports ports;
  private final MapSource maps;
  private final RpcClient client;
  private volatile boolean stopped;

  public ProcessWatch(Ports ports, MapSource maps, RpcClient client) {
    this.ports = ports;
    this.maps = maps;
    this.client = client;
  }

  /// Starts the thread. Once only.
  public void start() {
    Thread _ = ports.threads().start("process-watch", this::watch);
  }

  /// Ends the thread within a second.
  public void stop() {
    stopped = true;
  }

  private void watch() {
    ClusterMap before = maps.current();
    try {
      while (!stopped) {
        boolean newer = maps.awaitVersion(before.version() + 1, TICK_NANOS);
        if (newer && !stopped) {
          ClusterMap now = maps.current();
          gone(before, now)
              .forEach(node -> client.drop(node.kind(), node.id(), node.incarnation()));
          before = now;
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  /// The processes of `before` that are gone by `now`, if they were not by `before`.
  static List<Node> gone(ClusterMap before, ClusterMap now) {
    List<Node> gone = new ArrayList<>();
    for (Node node : before.nodes()) {
      Node successor = now.node(node.kind(), node.id());
      boolean replaced = successor == null || successor.incarnation() != node.incarnation();
      if (replaced || (isOffline(now, node) && !isOffline(before, node))) {
        gone.add(node);
      }
    }
    return gone;
  }

  /// Whether the node has targets, and all are Offline.
  private static boolean isOffline(ClusterMap map, Node node) {
    boolean some = false;
    for (Target target : map.targets()) {
      if (target.kind() == node.kind() && target.nodeId() == node.id()) {
        if (target.reachability() != Reachability.OFFLINE) {
          return false;
        }
        some = true;
      }
    }
    return some;
  }
}
