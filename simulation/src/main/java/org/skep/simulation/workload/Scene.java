package org.skep.simulation.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.skep.client.FileSystem;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.world.SimulatedProcess;

/// Where a workload plays: the cluster, chance, and actors. Used on simulated threads.
public final class Scene {
  private final SimulatedCluster cluster;
  private final SimulatedProcess director;
  private final SplittableRandom random;
  private final List<AssertionError> failures = new ArrayList<>();

  /// @param director the process whose thread calls the workload
  public Scene(SimulatedCluster cluster, SimulatedProcess director) {
    this.cluster = cluster;
    this.director = director;
    random = cluster.scheduler().random().split();
  }

  public SimulatedCluster cluster() {
    return cluster;
  }

  /// The chance of this run.
  public SplittableRandom random() {
    return random;
  }

  /// The files as a client sees them.
  public FileSystem files(int client) {
    return cluster.client(client).files();
  }

  public int clientCount() {
    return cluster.clients().size();
  }

  /// Nanoseconds since the start of the world.
  public long nowNanos() {
    return cluster.scheduler().nowNanos();
  }

  public void sleep(long nanos) throws InterruptedException {
    director.ports().clock().sleepNanos(nanos);
  }

  /// Notes something in the log of the run.
  public void note(String text) {
    cluster.log().event(text);
  }

  /// Lets all actors act at the same time, and waits until the last one has finished or died with
  /// its client.
  ///
  /// @throws AssertionError the first actor's failure, with those of the others
  public void together(List<Actor> actors) throws InterruptedException {
    CountDownLatch running = begin(actors);
    running.await();
    throwFirst();
  }

  /// The same, and meanwhile does something on the calling thread.
  public void together(List<Actor> actors, Meanwhile meanwhile) throws Exception {
    CountDownLatch running = begin(actors);
    meanwhile.run();
    running.await();
    throwFirst();
  }

  /// What the director does.
  public interface Meanwhile {
    void run() throws Exception;
  }

  private void throwFirst() {
    if (!failures.isEmpty()) {
      AssertionError first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
  }

  private CountDownLatch begin(List<Actor> actors) {
    CountDownLatch running = new CountDownLatch(actors.size());
    for (Actor actor : actors) {
      SimulatedClient client = cluster.client(actor.client());
      AtomicBoolean ended = new AtomicBoolean();
      Runnable end =
          () -> {
            if (ended.compareAndSet(false, true)) {
              running.countDown();
            }
          };
      client.process().atDeath(end);
      Thread _ =
          client
              .process()
              .start(
                  "actor",
                  () -> {
                    try {
                      actor.body().run(client.files());
                    } catch (Exception | AssertionError e) {
                      cluster.log().event("actor failed: " + e);
                      failures.add(new AssertionError(client.host() + ": " + e.getMessage(), e));
                    } finally {
                      end.run();
                    }
                  });
    }
    return running;
  }
}
