package org.skep.runtime.route;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Ports;

/// Tells of processes that refuse connections, each now and then only. Any thread may call it.
public final class Suspicions {
  /// The telling may have been in vain, so it is repeated while the process goes on refusing.
  private static final long AGAIN_NANOS = 5_000_000_000L;

  private final Ports ports;
  // guarded by this; only what is younger than AGAIN_NANOS, in order
  private final Map<Suspect, Long> told = new LinkedHashMap<>();

  private record Suspect(NodeKind kind, int id, long incarnation) {}

  public Suspicions(Ports ports) {
    this.ports = ports;
  }

  /// Tells `suspect` of the node, on a thread of its own, unless that was done lately.
  public void add(Node node, Consumer<Node> suspect) {
    if (isNew(new Suspect(node.kind(), node.id(), node.incarnation()))) {
      Thread _ = ports.threads().start("suspicion", () -> suspect.accept(node));
    }
  }

  private synchronized boolean isNew(Suspect process) {
    long now = ports.clock().nanoTime();
    boolean _ = told.values().removeIf(at -> now - at >= AGAIN_NANOS);
    return told.putIfAbsent(process, now) == null;
  }
}
