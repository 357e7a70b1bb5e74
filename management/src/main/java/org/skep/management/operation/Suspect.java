package org.skep.management.operation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.runtime.port.Gate;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.SuspectRequest;

/// Somebody was refused a connection to all endpoints of a server. Management looks for itself: if
/// they refuse it as well, the process is gone, holds no lease, and its targets are Offline when
/// this is answered, together with what [Probe] says of its buddies' processes. A time-out or any
/// other failure says nothing of the suspected one.
///
/// At most one look at a node is under way and one more waits for it, at least 50 ms after it; who
/// asks meanwhile is answered at once, since the one that waits looks for him as well.
public final class Suspect implements Handler<SuspectRequest, Empty> {
  private static final long LOOK_NANOS = 300_000_000L;
  private static final long PAUSE_NANOS = 50_000_000L;

  private record Key(NodeKind kind, int id) {}

  /// The looks at one node.
  private static final class Looks {
    private boolean running;
    private boolean waiting;
    private long endedNanos;
  }

  private final Desk desk;
  private final Probe probe;
  private final Gate gate;
  // guarded by gate
  private final Map<Key, Looks> nodes = new HashMap<>();

  public Suspect(Desk desk) {
    this.desk = desk;
    this.probe = new Probe(desk);
    this.gate = new Gate(desk.clock());
  }

  @Override
  public Outcome<Empty> handle(SuspectRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    KnownNode known =
        KnownNode.of(
            desk.machine().map(), request.getKind(), request.getNodeId(), request.getIncarnation());
    try {
      return switch (known) {
        case KnownNode.Refused(Failure failure) -> Outcome.refused(failure);
        case KnownNode.Present(Node node) -> suspect(node);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Outcome.refused(Failure.retry("management is stopping"));
    }
  }

  private Outcome<Empty> suspect(Node node) throws InterruptedException {
    Failure failure = null;
    if (!probe.isKnownOffline(node) && begin(node)) {
      try {
        failure = look(node);
      } finally {
        end(node);
      }
    }
    return failure == null ? Outcome.done(Empty.getDefaultInstance()) : Outcome.refused(failure);
  }

  /// @return false if somebody else looks, later than now
  private boolean begin(Node node) throws InterruptedException {
    gate.lock();
    try {
      Key key = new Key(node.kind(), node.id());
      Looks looks = nodes.get(key);
      if (looks == null) {
        forgetRemoved();
        looks = new Looks();
        looks.endedNanos = desk.now() - PAUSE_NANOS;
        nodes.put(key, looks);
      }
      if (looks.waiting) {
        return false;
      }
      looks.waiting = true;
      try {
        long restNanos = restNanos(looks);
        while (restNanos > 0) {
          gate.awaitNanos(restNanos);
          restNanos = restNanos(looks);
        }
        looks.running = true;
        return true;
      } finally {
        looks.waiting = false;
      }
    } finally {
      gate.unlock();
    }
  }

  private long restNanos(Looks looks) {
    return looks.running ? LOOK_NANOS : looks.endedNanos + PAUSE_NANOS - desk.now();
  }

  private void forgetRemoved() {
    ClusterMap map = desk.machine().map();
    nodes
        .entrySet()
        .removeIf(entry ->
            map.node(entry.getKey().kind(), entry.getKey().id()) == null
                && !entry.getValue().running
                && !entry.getValue().waiting);
  }

  private void end(Node node) {
    gate.lock();
    try {
      Looks looks = nodes.get(new Key(node.kind(), node.id()));
      if (looks != null) {
        looks.running = false;
        looks.endedNanos = desk.now();
      }
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  private @Nullable Failure look(Node node) {
    List<ReachabilityChange> changes = new ArrayList<>(probe.changesIfGone(node));
    if (!changes.isEmpty()) {
      changes.addAll(probe.ofBuddies(node));
    }
    return desk.submit(changes);
  }
}
