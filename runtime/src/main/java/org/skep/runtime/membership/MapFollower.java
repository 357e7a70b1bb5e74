package org.skep.runtime.membership;

import org.jspecify.annotations.Nullable;
import org.skep.cluster.ClusterMap;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Ports;
import org.skep.runtime.route.MapSource;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.ClusterMapMessage;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the cluster map of this process new: asks management for anything newer in a long poll, on
/// a thread of its own.
public final class MapFollower {
  private static final Logger LOGGER = LoggerFactory.getLogger(MapFollower.class);

  /// How long management may hold one poll: short enough that a leader that vanished silently is
  /// noticed soon.
  private static final int WAIT_MILLIS = 4_000;

  /// Beyond the wait, for the way there and back.
  private static final long REPLY_NANOS = (WAIT_MILLIS + 2_000) * 1_000_000L;

  /// A shorter answer without a newer map means that management has no room for one more waiter.
  private static final long SHORT_ANSWER_NANOS = 100_000_000L;

  private static final long PAUSE_NANOS = 500_000_000L;

  private final Ports ports;
  private final ManagementCaller caller;
  private final MapSource maps;
  private final @Nullable NodeMessage clientNode;
  private final Gate gate;
  // guarded by gate
  private boolean stopped;

  /// @param clientNode given by clients, to be listed by the operator's tool; null in servers
  public MapFollower(
      Ports ports, ManagementCaller caller, MapSource maps, @Nullable NodeMessage clientNode) {
    this.ports = ports;
    this.caller = caller;
    this.maps = maps;
    this.clientNode = clientNode;
    this.gate = new Gate(ports.clock());
  }

  /// Starts the thread. Once only.
  public void start() {
    ports.threads().start("map-follower", this::follow);
  }

  /// Begins no other poll; one under way ends by itself or with the connections of this process.
  public void stop() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Offers a map that management sent, if it is sound and of this cluster; else logs why not.
  ///
  /// @return whether it was offered
  static boolean take(MapSource maps, ClusterMapMessage message) {
    try {
      ClusterMap map = MapCodec.of(message);
      String ours = maps.current().clusterId();
      if (!ours.isEmpty() && !ours.equals(map.clusterId())) {
        LOGGER
            .atError()
            .addKeyValue("ours", ours)
            .addKeyValue("its", map.clusterId())
            .log("management is of another cluster");
        return false;
      }
      maps.offer(map);
      return true;
    } catch (MalformedFrameException e) {
      LOGGER.error("management sent an impossible map: {}", e.getMessage());
      return false;
    }
  }

  private enum Poll {
    /// There was a newer map.
    NEWER,
    /// There was none.
    NOTHING,
    /// No answer, or one that is of no use.
    FAILED
  }

  private void follow() {
    try {
      while (goesOn()) {
        long started = ports.clock().nanoTime();
        Poll poll = poll();
        boolean shortAnswer = ports.clock().nanoTime() - started < SHORT_ANSWER_NANOS;
        if (poll == Poll.FAILED || (poll == Poll.NOTHING && shortAnswer)) {
          pause();
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  private Poll poll() throws InterruptedException {
    try {
      return switch (caller.call(Operations.WATCH_MAP, request(), REPLY_NANOS, REPLY_NANOS)) {
        case Answer.Done<WatchMapReply>(WatchMapReply reply, int _, long _) -> {
          if (!reply.hasMap()) {
            yield Poll.NOTHING;
          }
          yield take(maps, reply.getMap()) ? Poll.NEWER : Poll.FAILED;
        }
        case Answer.Refused<WatchMapReply>(Failure failure) -> {
          LOGGER.error("management refuses to hand out the map: {}", failure.detail());
          yield Poll.FAILED;
        }
      };
    } catch (ManagementUnreachableException e) {
      LOGGER.debug("no map", e);
      return Poll.FAILED;
    }
  }

  private WatchMapRequest request() {
    WatchMapRequest.Builder request =
        WatchMapRequest.newBuilder()
            .setMapVersion(maps.current().version())
            .setWaitMillis(WAIT_MILLIS);
    if (clientNode != null) {
      request.setClientNode(clientNode);
    }
    return request.build();
  }

  private boolean goesOn() {
    gate.lock();
    try {
      return !stopped;
    } finally {
      gate.unlock();
    }
  }

  private void pause() throws InterruptedException {
    gate.lock();
    try {
      long restNanos = PAUSE_NANOS;
      while (!stopped && restNanos > 0) {
        restNanos = gate.awaitNanos(restNanos);
      }
    } finally {
      gate.unlock();
    }
  }
}
