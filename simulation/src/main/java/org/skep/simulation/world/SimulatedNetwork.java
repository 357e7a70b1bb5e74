package org.skep.simulation.world;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Network;

/// All hosts and the wires between them. A connection keeps the order of its bytes, as TCP does;
/// different connections overtake each other. Faults, from the seed: delay; loss (the stream stands
/// for a while, as until a retransmission); a connection that breaks after the request was
/// delivered, so that it is sent again (duplication); directions cut off from each other.
public final class SimulatedNetwork {
  private final Scheduler scheduler;
  private Faults faults;
  private final Map<Address, SimulatedListener> listeners = new LinkedHashMap<>();
  private final Set<Direction> cuts = new HashSet<>();
  // In the order of their beginning; those whose end can't be told yet are among them.
  private final Set<SimulatedConnection> open = new LinkedHashSet<>();
  private int portsGiven = 20_000;

  /// How the wires behave. Probabilities are per write.
  ///
  /// @param delayNanosMax each write is delivered after up to this long
  /// @param lossProbability that a write waits for `lossDelayNanosMax` more
  /// @param breakProbability that a write is delivered and the connection then breaks
  public record Faults(
      long delayNanosMax, double lossProbability, long lossDelayNanosMax, double breakProbability) {
    public static final Faults NONE = new Faults(200_000, 0, 0, 0);
  }

  private record Address(String host, Endpoint endpoint) {}

  private record Direction(String from, String to) {}

  public SimulatedNetwork(Scheduler scheduler, Faults faults) {
    this.scheduler = scheduler;
    this.faults = faults;
  }

  /// From now on the wires behave like that.
  public void setFaults(Faults faults) {
    this.faults = faults;
  }

  Network of(SimulatedProcess process) {
    return new Network() {
      @Override
      public Listener listen(Endpoint endpoint) throws IOException {
        return SimulatedNetwork.this.listen(process, endpoint);
      }

      @Override
      public Connection connect(Endpoint endpoint, long timeoutNanos) throws IOException {
        return SimulatedNetwork.this.connect(process, endpoint, timeoutNanos);
      }

      @Override
      public String hostId() {
        return process.host();
      }

      @Override
      public String hostName() {
        return process.host();
      }
    };
  }

  /// Cuts one direction between two hosts: what is sent is held until [#heal].
  public void cut(String fromHost, String toHost) {
    cuts.add(new Direction(fromHost, toHost));
  }

  /// Ends all cuts; what was held is delivered.
  public void heal() {
    cuts.clear();
    List.copyOf(open).forEach(SimulatedConnection::deliverHeld);
  }

  boolean isCut(String fromHost, String toHost) {
    return !fromHost.equals(toHost) && cuts.contains(new Direction(fromHost, toHost));
  }

  Scheduler scheduler() {
    return scheduler;
  }

  Faults faults() {
    return faults;
  }

  void closed(SimulatedConnection connection) {
    open.remove(connection);
  }

  /// It is closed, and its peer does not know yet because of a cut.
  void unsettled(SimulatedConnection connection) {
    open.add(connection);
  }

  void settled(SimulatedConnection connection) {
    open.remove(connection);
  }

  /// Ends the cuts between two hosts.
  public void heal(String first, String second) {
    cuts.remove(new Direction(first, second));
    cuts.remove(new Direction(second, first));
    List.copyOf(open).forEach(SimulatedConnection::deliverHeld);
  }

  private Listener listen(SimulatedProcess process, Endpoint wanted) throws IOException {
    Endpoint endpoint =
        wanted instanceof Endpoint.Tcp(String host, int port) && port == 0
            ? new Endpoint.Tcp(host, portsGiven++)
            : wanted;
    Address address = addressOf(process, endpoint);
    if (listeners.containsKey(address)) {
      throw new IOException("cannot listen on " + endpoint + ": Address already in use");
    }
    SimulatedListener listener = new SimulatedListener(process, address);
    listeners.put(address, listener);
    process.atDeath(listener::end);
    return listener;
  }

  private static Address addressOf(SimulatedProcess process, Endpoint endpoint) {
    return switch (endpoint) {
      case Endpoint.Unix unix -> new Address(process.host(), unix);
      case Endpoint.Tcp tcp -> new Address("", tcp);
    };
  }

  private Connection connect(SimulatedProcess process, Endpoint endpoint, long timeoutNanos)
      throws IOException {
    long roundTripNanos = 1 + scheduler.random().nextLong(faults.delayNanosMax() * 2 + 1);
    Address address = addressOf(process, endpoint);
    String peerHost =
        endpoint instanceof Endpoint.Tcp(String host, int port) ? host : process.host();
    boolean cut = isCut(process.host(), peerHost) || isCut(peerHost, process.host());
    pause(cut ? timeoutNanos : Math.min(roundTripNanos, timeoutNanos));
    if (cut || roundTripNanos > timeoutNanos) {
      throw new SocketTimeoutException("no answer from " + endpoint);
    }
    SimulatedListener listener = listeners.get(address);
    if (listener == null) {
      throw new Network.RefusedException("connection refused by " + endpoint);
    }
    SimulatedConnection near = new SimulatedConnection(this, process, endpoint.toString());
    SimulatedConnection far = new SimulatedConnection(this, listener.process, process.name());
    near.join(far);
    open.add(near);
    open.add(far);
    process.atDeath(near::breakOff);
    listener.process.atDeath(far::breakOff);
    listener.arrived(far);
    return near;
  }

  private void pause(long nanos) {
    long end = scheduler.nowNanos() + nanos;
    while (scheduler.nowNanos() < end) {
      scheduler.park(this, end - scheduler.nowNanos());
    }
  }

  private final class SimulatedListener implements Listener {
    private final SimulatedProcess process;
    private final Address address;
    private final ArrayDeque<SimulatedConnection> waiting = new ArrayDeque<>();
    private @Nullable Thread acceptor;
    private boolean closed;

    SimulatedListener(SimulatedProcess process, Address address) {
      this.process = process;
      this.address = address;
    }

    void arrived(SimulatedConnection connection) {
      waiting.add(connection);
      LockSupport.unpark(acceptor);
    }

    @Override
    public Connection accept() throws IOException {
      acceptor = Thread.currentThread();
      while (waiting.isEmpty() && !closed) {
        LockSupport.park(this);
      }
      if (closed) {
        throw new IOException("listener of " + address.endpoint + " closed");
      }
      return waiting.remove();
    }

    @Override
    public Endpoint endpoint() {
      return address.endpoint;
    }

    @Override
    public void close() {
      end();
    }

    private void end() {
      closed = true;
      listeners.remove(address, this);
      waiting.forEach(SimulatedConnection::breakOff);
      LockSupport.unpark(acceptor);
    }
  }
}
