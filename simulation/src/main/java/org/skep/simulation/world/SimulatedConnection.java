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
  /// What the two hosts' socket buffers hold together.
  private static final int WINDOW_BYTES = 4 << 20;

  /// When nobody said goodbye, keep-alive probes find out; not before that long.
  private static final long PROBE_NANOS_MIN = 10_000_000_000L;

  private final SimulatedNetwork network;
  private final Scheduler scheduler;
  private final SimulatedProcess process;
  private final String peerName;
  private @Nullable SimulatedConnection peer;

  private final ArrayDeque<ByteBuffer> received = new ArrayDeque<>();
  private final ArrayDeque<ByteBuffer> held = new ArrayDeque<>();
  private boolean endHeld;
  private long lastDeliveryNanos;
  private boolean peerClosed;
  private boolean closed;
  private long timeoutNanos;
  // Sent, and not yet read by the other side.
  private long unreadBytes;
  private @Nullable Thread reader;
  private @Nullable Thread writer;
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
      peerEnd().taken(count);
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
    long end = timeoutNanos == 0 ? Long.MAX_VALUE : scheduler.nowNanos() + timeoutNanos;
    for (long rest = remaining(from); rest > 0; rest = remaining(from)) {
      awaitRoom(end);
      send(take(from, (int) Math.min(rest, WINDOW_BYTES - unreadBytes)));
    }
  }

  private static long remaining(ByteBuffer[] buffers) {
    long count = 0;
    for (ByteBuffer buffer : buffers) {
      count += buffer.remaining();
    }
    return count;
  }

  private static ByteBuffer take(ByteBuffer[] from, int count) {
    ByteBuffer copy = ByteBuffer.allocate(count);
    for (ByteBuffer buffer : from) {
      int some = Math.min(copy.remaining(), buffer.remaining());
      copy.put(buffer.slice(buffer.position(), some));
      buffer.position(buffer.position() + some);
    }
    return copy.flip();
  }

  /// Waits until the other side has taken enough of what was sent before.
  private void awaitRoom(long end) throws IOException {
    writer = Thread.currentThread();
    while (!closed && !peerClosed && unreadBytes >= WINDOW_BYTES) {
      if (scheduler.nowNanos() >= end) {
        throw new SocketTimeoutException(peerName + " takes nothing");
      }
      scheduler.park(this, Math.min(end - scheduler.nowNanos(), Long.MAX_VALUE / 4));
    }
    if (closed || peerClosed) {
      throw new IOException("connection to " + peerName + " is broken");
    }
  }

  private void taken(int count) {
    unreadBytes -= count;
    LockSupport.unpark(writer);
  }

  private void send(ByteBuffer bytes) {
    unreadBytes += bytes.remaining();
    transmit(bytes);
  }

  private void transmit(ByteBuffer bytes) {
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
    if (network.isCut(process.host(), peerEnd().process.host())) {
      return;
    }
    while (!held.isEmpty()) {
      transmit(held.remove());
    }
    if (endHeld) {
      endHeld = false;
      network.settled(this);
      tellPeer();
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
    LockSupport.unpark(writer);
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
      if (process.isSilent()) {
        held.clear();
      }
      network.closed(this);
      wakeUp();
      tellPeer();
    }
  }

  private long silenceNanos() {
    return PROBE_NANOS_MIN + scheduler.random().nextLong(PROBE_NANOS_MIN);
  }

  private void tellPeer() {
    SimulatedConnection end = peerEnd();
    if (network.isCut(process.host(), end.process.host())) {
      endHeld = true; // it is sent again until it gets through
      network.unsettled(this);
      return;
    }
    long delay = process.isSilent() ? silenceNanos() : 1000;
    lastDeliveryNanos = Math.max(lastDeliveryNanos + 1, scheduler.nowNanos() + delay);
    scheduler.after(
        lastDeliveryNanos - scheduler.nowNanos(),
        () -> {
          end.peerClosed = true;
          end.wakeUp();
        });
  }
}
