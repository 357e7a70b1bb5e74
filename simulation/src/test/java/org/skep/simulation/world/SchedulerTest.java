package org.skep.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Network;

class SchedulerTest {
  private static final long SECOND = 1_000_000_000L;

  /// Threads that contend for a lock and a future; the order in which they finish is the
  /// observation.
  private static List<Integer> contention(long seed, long[] hash) {
    Scheduler scheduler = new Scheduler(seed);
    SimulatedNetwork network = new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
    SimulatedProcess process = new SimulatedProcess(scheduler, network, "a", "p", 1.0);
    ReentrantLock lock = new ReentrantLock();
    CompletableFuture<Integer> future = new CompletableFuture<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int id = i;
      process.start(
          "t" + i,
          () -> {
            for (int round = 0; round < 5; round++) {
              lock.lock();
              try {
                process.ports().clock().parkNanos(lock, 10);
              } finally {
                lock.unlock();
              }
              process.ports().clock().parkNanos(lock, 1000L * (id + 1));
            }
            if (id == 7) {
              future.complete(1);
            } else {
              future.join();
            }
            order.add(id);
          });
    }
    scheduler.runUntil(() -> order.size() == 20, 10 * SECOND, "all threads to finish");
    hash[0] = scheduler.traceHash();
    return order;
  }

  @Test
  void the_same_seed_gives_the_same_order_and_another_one_another() {
    long[] first = new long[1];
    long[] second = new long[1];
    long[] other = new long[1];
    assertThat(contention(42, first)).isEqualTo(contention(42, second));
    assertThat(first[0]).isEqualTo(second[0]);
    contention(43, other);
    assertThat(other[0]).isNotEqualTo(first[0]);
  }

  @Test
  void a_gate_waits_in_simulated_time() {
    Scheduler scheduler = new Scheduler(1);
    SimulatedNetwork network = new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
    SimulatedProcess process = new SimulatedProcess(scheduler, network, "a", "p", 1.0);
    Gate gate = new Gate(process.ports().clock());
    List<Long> rest = new ArrayList<>();
    process.start(
        "waiter",
        () -> {
          gate.lock();
          try {
            rest.add(gate.awaitNanos(3600 * SECOND));
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          } finally {
            gate.unlock();
          }
        });
    scheduler.runUntil(() -> !rest.isEmpty(), 4000 * SECOND, "the hour to pass");
    assertThat(rest.getFirst()).isLessThanOrEqualTo(0);
    assertThat(scheduler.nowNanos()).isGreaterThanOrEqualTo(3600 * SECOND);
  }

  @Test
  void threads_of_a_killed_process_never_run_again_and_peers_see_its_connections_end() {
    Scheduler scheduler = new Scheduler(5);
    SimulatedNetwork network = new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
    SimulatedProcess server = new SimulatedProcess(scheduler, network, "s", "server", 1.0);
    SimulatedProcess client = new SimulatedProcess(scheduler, network, "c", "client", 1.0);
    List<String> events = new ArrayList<>();
    server.start("accept", () -> serve(server, events));
    client.start("ask", () -> ask(client, events));
    scheduler.runUntil(() -> events.contains("served"), SECOND, "an exchange");
    server.kill();
    scheduler.runUntil(() -> events.contains("ended"), SECOND, "the end of the connection");
    assertThat(events).containsExactly("served", "ended");
    Network.RefusedException refused = refusedAfter(scheduler, client);
    assertThat(refused).hasMessageContaining("s:7000");
  }

  private static Network.RefusedException refusedAfter(
      Scheduler scheduler, SimulatedProcess client) {
    List<Network.RefusedException> seen = new ArrayList<>();
    client.start(
        "again",
        () -> {
          try {
            client.ports().network().connect(new Endpoint.Tcp("s", 7000), SECOND);
          } catch (Network.RefusedException e) {
            seen.add(e);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    scheduler.runUntil(() -> !seen.isEmpty(), SECOND, "the refusal");
    return seen.getFirst();
  }

  private static void serve(SimulatedProcess server, List<String> events) {
    try (Listener listener = server.ports().network().listen(new Endpoint.Tcp("s", 7000))) {
      Connection connection = listener.accept();
      ByteBuffer in = ByteBuffer.allocate(5);
      connection.readFully(in);
      connection.writeFully(in.flip());
      events.add("served");
      server.ports().clock().sleepNanos(100 * SECOND);
      events.add("never");
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void ask(SimulatedProcess client, List<String> events) {
    try {
      client.ports().clock().sleepNanos(SECOND / 100);
      Connection connection = client.ports().network().connect(new Endpoint.Tcp("s", 7000), SECOND);
      connection.writeFully(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}));
      ByteBuffer in = ByteBuffer.allocate(5);
      connection.readFully(in);
      assertThat(in.array()).containsExactly(1, 2, 3, 4, 5);
      try {
        connection.readFully(ByteBuffer.allocate(1));
      } catch (IOException e) {
        events.add("ended");
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_thread_that_parks_with_a_monitor_held_is_reported() {
    Scheduler scheduler = new Scheduler(9, SECOND / 10);
    SimulatedNetwork network = new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
    SimulatedProcess process = new SimulatedProcess(scheduler, network, "a", "p", 1.0);
    Object monitor = new Object();
    Runnable parking =
        () -> {
          synchronized (monitor) {
            process.ports().clock().parkNanos(monitor, SECOND);
          }
        };
    process.start("one", parking);
    process.start("two", parking);
    assertThatThrownBy(() -> scheduler.runUntil(() -> false, 10 * SECOND, "a miracle"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("ReentrantLock");
  }

  @Test
  void a_monitor_held_by_a_thread_of_the_jvm_leaves_no_trace() throws InterruptedException {
    Object monitor = new Object();
    long alone = traceWith(monitor, new AtomicReference<>());
    assertThat(traceOfContention(monitor)).isEqualTo(alone);
  }

  /// A platform thread holds the monitor until a simulated one has met it.
  private static long traceOfContention(Object monitor) throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    AtomicReference<Thread> meeting = new AtomicReference<>();
    Thread foreign =
        new Thread(() -> {
          synchronized (monitor) {
            held.countDown();
            while (meeting.get() == null || meeting.get().getState() != Thread.State.BLOCKED) {
              Thread.onSpinWait();
            }
          }
        });
    foreign.start();
    held.await();
    long trace = traceWith(monitor, meeting);
    foreign.join();
    return trace;
  }

  private static long traceWith(Object monitor, AtomicReference<Thread> meeting) {
    Scheduler scheduler = new Scheduler(9);
    SimulatedNetwork network = new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
    SimulatedProcess process = new SimulatedProcess(scheduler, network, "a", "p", 1.0);
    AtomicInteger done = new AtomicInteger();
    Runnable body =
        () -> {
          meeting.compareAndSet(null, Thread.currentThread());
          synchronized (monitor) {
            done.incrementAndGet();
          }
          process.ports().clock().parkNanos(monitor, SECOND);
          done.incrementAndGet();
        };
    process.start("one", body);
    process.start("two", body);
    scheduler.runUntil(() -> done.get() == 4, 10 * SECOND, "both");
    return scheduler.traceHash();
  }

  @Test
  void a_world_where_all_wait_for_ever_is_reported() {
    Scheduler scheduler = new Scheduler(9);
    SimulatedNetwork network = new SimulatedNetwork(scheduler, SimulatedNetwork.Faults.NONE);
    SimulatedProcess process = new SimulatedProcess(scheduler, network, "a", "p", 1.0);
    process.start("stuck", () -> new CompletableFuture<Void>().join());
    assertThatThrownBy(() -> scheduler.runUntil(() -> false, SECOND, "a miracle"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("a miracle");
  }
}
