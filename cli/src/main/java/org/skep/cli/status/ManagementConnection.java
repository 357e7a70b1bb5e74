package org.skep.cli.status;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.runtime.membership.ManagementUnreachableException;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RefusedHandshakeException;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.Secret;
import org.skep.wire.message.StatusRequest;

/// An operator's line to management.
public final class ManagementConnection implements AutoCloseable {
  private static final long REPLY_NANOS = 5_000_000_000L;

  private final Ports ports;
  private final RpcClient client;
  private final ManagementCaller management;
  private final List<Endpoint> endpoints;
  private final String where;

  /// @param secret null: authentication is off
  public ManagementConnection(Ports ports, List<Endpoint> endpoints, @Nullable Secret secret) {
    this.ports = ports;
    this.endpoints = List.copyOf(endpoints);
    long id = Math.max(1, ports.chance().nextLong() >>> 1);
    client =
        new RpcClient(ports, RpcClient.Settings.of(NodeKind.CLIENT, id, secret, () -> "", _ -> {}));
    management = new ManagementCaller(ports.clock(), new Line(client), endpoints);
    where = management.where();
  }

  /// The handshake's refusal ends the command at once: trying again does not help.
  private record Line(RpcClient client) implements ManagementCaller.Line {
    @Override
    public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
        Endpoint endpoint, Operation<Q, R> operation, Q request, long timeoutNanos)
        throws IOException {
      try {
        return client.call(
            Peer.at(NodeKind.MANAGEMENT, endpoint), operation, request, timeoutNanos);
      } catch (RefusedHandshakeException e) {
        throw new CommandFailure("management at " + endpoint + " refuses: " + e.getMessage());
      }
    }
  }

  /// Where management is looked for.
  public String where() {
    return where;
  }

  /// What management says now.
  ///
  /// @param giveUpNanos how long to try
  /// @throws CommandFailure if it does not answer in time
  public ClusterStatus status(long giveUpNanos) {
    try {
      return StatusCodec.of(
          call(Operations.STATUS, StatusRequest.getDefaultInstance(), giveUpNanos));
    } catch (MalformedFrameException e) {
      throw new CommandFailure("management's answer makes no sense: " + e.getMessage());
    }
  }

  /// Asks the leader, which may get the request more than once.
  ///
  /// @param giveUpNanos how long to try
  /// @throws CommandFailure if it refuses, or does not answer in time
  public <Q extends MessageLite, R extends MessageLite> R call(
      Operation<Q, R> operation, Q request, long giveUpNanos) {
    try {
      Answer<R> answer =
          management.call(operation, request, Math.min(REPLY_NANOS, giveUpNanos), giveUpNanos);
      return switch (answer) {
        case Answer.Done<R> done -> done.reply();
        case Answer.Refused<R>(Failure failure) ->
            throw new CommandFailure("management refuses: " + failure.detail());
      };
    } catch (ManagementUnreachableException e) {
      throw new CommandFailure(e.getMessage() + "; is it running, and is the address right?");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }

  /// Whether the node can be connected to and is what it should be.
  ///
  /// @return the address that answered
  /// @throws IOException saying why none did
  public Endpoint reach(Node node, long timeoutNanos) throws IOException {
    IOException failure = new IOException("it has no address that can be reached from here");
    for (Endpoint endpoint : node.endpoints()) {
      boolean elsewhere =
          endpoint instanceof Endpoint.Unix && !node.hostId().equals(ports.network().hostId());
      if (elsewhere) {
        continue;
      }
      try {
        ports.network().connect(endpoint, timeoutNanos).close();
        return endpoint;
      } catch (IOException e) {
        failure = e;
      }
    }
    throw failure;
  }

  /// A line to the primaries of the groups of this map and of those that follow it. It ends with
  /// this connection.
  ///
  /// @param waitNanos how long each request may wait
  public GroupConnection groups(ClusterMap map, long waitNanos) {
    return GroupConnection.start(ports, client, endpoints, map, waitNanos);
  }

  /// For requests to other servers with the same identity.
  public RpcClient client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
  }
}
