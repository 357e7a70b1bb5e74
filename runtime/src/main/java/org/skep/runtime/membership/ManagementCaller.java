package org.skep.runtime.membership;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Clock;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RefusedHandshakeException;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.message.FailureMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks management, whichever of its peers leads. Any thread may call it.
///
/// A round tries each endpoint once, beginning with the one that answered last; a peer that does
/// not lead says NOT_SERVED. Between rounds there is a pause that grows from 10 ms to 500 ms.
public final class ManagementCaller {
  private static final Logger LOGGER = LoggerFactory.getLogger(ManagementCaller.class);
  private static final long PAUSE_FIRST_NANOS = 10_000_000L;
  private static final long PAUSE_MAX_NANOS = 500_000_000L;

  /// One request to one process: what `RpcClient` does.
  @FunctionalInterface
  public interface Line {

    /// @param timeoutNanos for connecting, sending and the answer together
    /// @throws IOException if there was no answer
    <Q extends MessageLite, R extends MessageLite> Answer<R> call(
        Endpoint endpoint, Operation<Q, R> operation, Q request, long timeoutNanos)
        throws IOException;
  }

  private final Clock clock;
  private final Line line;
  private final List<Endpoint> endpoints;
  private final AtomicBoolean lost = new AtomicBoolean();
  private volatile int preferred;
  private volatile @Nullable String refusal;

  /// @param endpoints of all peers of management, at least one
  public ManagementCaller(Clock clock, Line line, List<Endpoint> endpoints) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("no endpoint of management");
    }
    this.clock = clock;
    this.line = line;
    this.endpoints = List.copyOf(endpoints);
  }

  /// Over the connections of a client.
  public static ManagementCaller of(Clock clock, RpcClient client, List<Endpoint> endpoints) {
    return new ManagementCaller(clock, new ClientLine(client), endpoints);
  }

  private record ClientLine(RpcClient client) implements Line {
    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
        Endpoint endpoint, Operation<Q, R> operation, Q request, long timeoutNanos)
        throws IOException {
      Peer management = Peer.at(NodeKind.MANAGEMENT, endpoint);
      return client.call(management, operation, request, timeoutNanos);
    }
  }

  /// Where management is looked for, for logs.
  public String where() {
    return String.join(", ", endpoints.stream().map(Object::toString).toList());
  }

  /// Why no peer lets us in (another secret, another cluster, no common version), as the last round
  /// of requests showed; null: at least one does, or did not say. Trying again does not help until
  /// an administrator has done something.
  public @Nullable String refusal() {
    return refusal;
  }

  /// Sends the request until a leader answers it. It may reach management more than once.
  ///
  /// @param replyNanos how long one peer may take to answer
  /// @param giveUpNanos how long to try in all
  /// @return the leader's answer; if refused, then neither with RETRY nor with NOT_SERVED
  /// @throws ManagementUnreachableException if none came in time; at once if no peer lets us in
  public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      Operation<Q, R> operation, Q request, long replyNanos, long giveUpNanos)
      throws ManagementUnreachableException, InterruptedException {
    long deadline = clock.nanoTime() + giveUpNanos;
    long pauseNanos = PAUSE_FIRST_NANOS;
    while (true) {
      Round<R> round = round(operation, request, replyNanos, deadline);
      if (round.answer() != null) {
        found();
        return round.answer();
      }
      if (refusal != null || deadline - clock.nanoTime() <= pauseNanos) {
        throw unreachable(operation, round.trouble());
      }
      clock.sleepNanos(pauseNanos);
      pauseNanos = Math.min(pauseNanos * 2, PAUSE_MAX_NANOS);
    }
  }

  private record Round<R>(@Nullable Answer<R> answer, String trouble) {}

  private <Q extends MessageLite, R extends MessageLite> Round<R> round(
      Operation<Q, R> operation, Q request, long replyNanos, long deadline)
      throws InterruptedException {
    String trouble = "no time left";
    int refused = 0;
    int first = preferred;
    for (int i = 0; i < endpoints.size(); i++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long restNanos = Math.min(replyNanos, deadline - clock.nanoTime());
      if (restNanos <= 0) {
        break;
      }
      int index = (first + i) % endpoints.size();
      try {
        Answer<R> answer = line.call(endpoints.get(index), operation, request, restNanos);
        if (answer instanceof Answer.Refused<R>(Failure failure) && elsewhere(failure)) {
          trouble = endpoints.get(index) + ": " + failure.detail();
          continue;
        }
        preferred = index;
        refusal = null;
        return new Round<>(answer, "");
      } catch (IOException e) {
        trouble = String.valueOf(e.getMessage());
        refused += e instanceof RefusedHandshakeException ? 1 : 0;
      }
    }
    refusal = refused == endpoints.size() ? trouble : null;
    return new Round<>(null, trouble);
  }

  private static boolean elsewhere(Failure failure) {
    return failure.kind() == FailureMessage.Kind.NOT_SERVED
        || failure.kind() == FailureMessage.Kind.RETRY;
  }

  private void found() {
    if (lost.compareAndSet(true, false)) {
      LOGGER.atInfo().addKeyValue("at", endpoints.get(preferred)).log("management answers again");
    }
  }

  private ManagementUnreachableException unreachable(Operation<?, ?> operation, String trouble) {
    if (lost.compareAndSet(false, true)) {
      LOGGER
          .atWarn()
          .addKeyValue("at", where())
          .addKeyValue("reason", trouble)
          .log("no answer from management, trying on");
    }
    return new ManagementUnreachableException(
        "no answer from management (" + where() + ") to " + operation.name() + ": " + trouble);
  }
}
