package org.skep.simulation.world;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Connection;

/// One end of a simulated connection. What the other end writes is delivered to [#received] in
/// order, later.
final class SimulatedConnection implements Connection {
  private final SimulatedNetwork network;
  private final Scheduler scheduler;
  private final SimulatedProcess process;
  private final String peerName;
  private @Nullable SimulatedConnection peer;

  private final ArrayDeque<ByteBuffer> received = new ArrayDeque<>();
  private final ArrayDeque<ByteBuffer> held = new ArrayDeque<>();
  private long lastDeliveryNanos;
  private boolean peerClosed;
  private boolean closed;
  private long timeoutNanos;
  private @Nullable Thread reader;
  private @Nullable Runnable wake;

  SimulatedConnection(SimulatedNetwork network, SimulatedProcess process, String peerName) {
    this.network = network;
    this.scheduler = network.scheduler();
    this.process = process;
    this.peerName = peerName;
  }

  void join(SimulatedConnection other) {
    peer = other;
    other.peer = this;
  }

  private SimulatedConnection peerEnd() {
    SimulatedConnection end = peer;
    if (end == null) {
      throw new IllegalStateException("a connection with one end");
    }
    return end;
  }

  @Override
  public void setTimeoutNanos(long nanos) {
    timeoutNanos = nanos;
  }

  @Override
  public void readFully(ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (!awaitReadable(timeoutNanos == 0 ? Long.MAX_VALUE / 4 : timeoutNanos)) {
        throw new SocketTimeoutException("nothing from " + peerName);
      }
      ByteBuffer first = received.peek();
      if (first == null) {
        throw new EOFException("closed by " + peerName);
      }
      int count = Math.min(first.remaining(), into.remaining());
      into.put(first.slice(first.position(), count));
      first.position(first.position() + count);
      if (!first.hasRemaining()) {
        received.remove();
      }
    }
  }

  @Override
  public boolean awaitReadable(long nanos) throws IOException {
    long end = scheduler.nowNanos() + nanos;
    reader = Thread.currentThread();
    while (received.isEmpty() && !peerClosed && !closed && scheduler.nowNanos() < end) {
      scheduler.park(this, end - scheduler.nowNanos());
    }
    if (closed) {
      throw new IOException("connection to " + peerName + " closed");
    }
    return !received.isEmpty() || peerClosed;
  }

  @Override
  public void writeFully(ByteBuffer... from) throws IOException {
    if (closed || peerClosed) {
      throw new IOException("connection to " + peerName + " is broken");
    }
    int count = 0;
    for (ByteBuffer buffer : from) {
      count += buffer.remaining();
    }
    ByteBuffer copy = ByteBuffer.allocate(count);
    for (ByteBuffer buffer : from) {
      copy.put(buffer);
    }
    send(copy.flip());
  }

  private void send(ByteBuffer bytes) {
    SimulatedNetwork.Faults faults = network.faults();
    if (network.isCut(process.host(), peerEnd().process.host())) {
      held.add(bytes);
      return;
    }
    long delay = scheduler.random().nextLong(faults.delayNanosMax() + 1);
    if (scheduler.random().nextDouble() < faults.lossProbability()) {
      delay += scheduler.random().nextLong(faults.lossDelayNanosMax() + 1);
    }
    boolean breaks = scheduler.random().nextDouble() < faults.breakProbability();
    lastDeliveryNanos = Math.max(lastDeliveryNanos + 1, scheduler.nowNanos() + delay);
    scheduler.after(
        lastDeliveryNanos - scheduler.nowNanos(),
        () -> {
          peerEnd().deliver(bytes);
          if (breaks) {
            breakOff();
          }
        });
  }

  void deliverHeld() {
    while (!held.isEmpty()) {
      send(held.remove());
    }
  }

  private void deliver(ByteBuffer bytes) {
    if (!closed && bytes.hasRemaining()) {
      received.add(bytes);
      wakeUp();
    }
  }

  private void wakeUp() {
    LockSupport.unpark(reader);
    Runnable action = wake;
    if (action != null && process.alive()) {
      wake = null;
      action.run();
    }
  }

  @Override
  public void whenReadable(Runnable action) throws IOException {
    if (closed) {
      throw new IOException("connection to " + peerName + " closed");
    }
    wake = action;
    if (!received.isEmpty() || peerClosed) {
      scheduler.after(0, this::wakeUp);
    }
  }

  @Override
  public String peer() {
    return peerName;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      network.closed(this);
      wakeUp();
      tellPeer();
    }
  }

  /// Both ends end without a word of goodbye: the process died, or the wire broke.
  void breakOff() {
    if (!closed) {
      closed = true;
      network.closed(this);
      wakeUp();
      tellPeer();
    }
  }

  private void tellPeer() {
    SimulatedConnection end = peerEnd();
    if (network.isCut(process.host(), end.process.host())) {
      return; // the peer finds out by its own time-out
    }
    lastDeliveryNanos = Math.max(lastDeliveryNanos + 1, scheduler.nowNanos() + 1000);
    scheduler.after(
        lastDeliveryNanos - scheduler.nowNanos(),
        () -> {
          end.peerClosed = true;
          end.wakeUp();
        });
  }
}
