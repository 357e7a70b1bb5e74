package org.skep.management.operation;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.NodeKind;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Kind;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;

/// A long poll for a newer map. It holds its connection's thread, so only so many wait at a time;
/// one more is answered at once with what there is, and its asker pauses by itself.
public final class WatchMap implements Handler<WatchMapRequest, WatchMapReply> {

  /// The longest wait.
  public static final int WAIT_MILLIS_MAX = 30_000;

  /// Half of the threads that `ServerLimits` has for clients and for servers, so that waiting
  /// watchers never keep heartbeats and registrations out.
  public static final int CLIENTS_MAX = 512;

  public static final int SERVERS_MAX = 128;

  /// Between two looks at whether the asker is still there.
  private static final long ALIVE_NANOS = 1_000_000_000L;

  private final Desk desk;
  private final AtomicInteger clientsWaiting = new AtomicInteger();
  private final AtomicInteger serversWaiting = new AtomicInteger();

  public WatchMap(Desk desk) {
    this.desk = desk;
  }

  @Override
  public Outcome<WatchMapReply> handle(WatchMapRequest request, Exchange exchange) {
    Failure refusal = desk.unlessLeader();
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    if (request.getMapVersion() < 0) {
      return Outcome.refused(Failure.malformed("map version " + request.getMapVersion()));
    }
    NodeMessage client = null;
    if (request.hasClientNode()) {
      client = clientNode(request.getClientNode(), exchange);
      if (client == null) {
        return Outcome.refused(Failure.malformed("the client's node is none"));
      }
    }
    return client == null ? watch(request, exchange) : listed(client, request, exchange);
  }

  /// @return null if it can't be
  private static @Nullable NodeMessage clientNode(NodeMessage node, Exchange exchange) {
    if (node.getKind() != Kind.CLIENT || exchange.role() != NodeKind.CLIENT) {
      return null;
    }
    NodeMessage numbered = node.toBuilder().setId(1).build();
    try {
      return MapCodec.of(numbered).name().length() > 255 || numbered.getHostId().length() > 255
          ? null
          : numbered;
    } catch (MalformedFrameException e) {
      return null;
    }
  }

  private Outcome<WatchMapReply> listed(
      NodeMessage client, WatchMapRequest request, Exchange exchange) {
    desk.clients().pollBegins(exchange.client(), client, desk.now());
    try {
      return watch(request, exchange);
    } finally {
      desk.clients().pollEnds(exchange.client(), desk.now());
    }
  }

  private Outcome<WatchMapReply> watch(WatchMapRequest request, Exchange exchange) {
    boolean fromClient = exchange.role() == NodeKind.CLIENT;
    AtomicInteger waiting = fromClient ? clientsWaiting : serversWaiting;
    try {
      if (waiting.incrementAndGet() <= (fromClient ? CLIENTS_MAX : SERVERS_MAX)) {
        await(request, exchange);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting.decrementAndGet();
    }
    WatchMapReply.Builder reply = WatchMapReply.newBuilder();
    if (desk.machine().map().version() > request.getMapVersion()) {
      reply.setMap(desk.machine().mapMessage());
    }
    return Outcome.done(reply.build());
  }

  private void await(WatchMapRequest request, Exchange exchange) throws InterruptedException {
    long waitMillis = Integer.toUnsignedLong(request.getWaitMillis());
    long end = desk.now() + Math.min(waitMillis, WAIT_MILLIS_MAX) * 1_000_000L;
    long restNanos = end - desk.now();
    while (restNanos > 0 && exchange.alive() && desk.log().isLeader()) {
      long version = request.getMapVersion();
      if (desk.machine().awaitNewer(version, Math.min(restNanos, ALIVE_NANOS))
          || desk.machine().isClosing()) {
        return;
      }
      restNanos = end - desk.now();
    }
  }
}
