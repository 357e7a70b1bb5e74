package org.skep.simulation.check;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What was written to one register and read from it, by several clients at the same time; says
/// whether it behaved as one copy: whether each operation can have happened at one moment between
/// its begin and its end. Every value is written once.
///
/// Gibbons and Korach, "Testing Shared Memories" (SIAM J. Comput. 26, 1997): all operations on a
/// value make a cluster, its *zone* lies between the first end and the last begin. If the end comes
/// first the value must be there in all of the zone (forward), else at some moment of it
/// (backward). There is an order if no forward zones overlap and no backward zone lies within a
/// forward one.
public final class RegisterHistory {
  /// What a register holds before the first write.
  public static final long INITIAL = 0;

  private static final long NEVER = Long.MAX_VALUE;

  private final SortedMap<Long, Cluster> clusters = new TreeMap<>();

  /// All that was done with one value.
  private static final class Cluster {
    private final long value;
    private final List<String> operations = new ArrayList<>();
    private long writeBegan = NEVER;
    private long firstEnd = NEVER;
    private long lastBegin = Long.MIN_VALUE;
    private long firstReadEnd = NEVER;
    private long lastReadBegin = Long.MIN_VALUE;
    private long writeEnded = NEVER;
    private boolean written;
    private boolean vouched;

    Cluster(long value) {
      this.value = value;
    }

    boolean isForward() {
      return firstEnd < lastBegin;
    }

    long low() {
      return Math.min(firstEnd, lastBegin);
    }

    long high() {
      return Math.max(firstEnd, lastBegin);
    }

    void add(String what, long began, long ended) {
      operations.add(what + " " + began / 1000 + ".." + (ended == NEVER ? "?" : ended / 1000));
      firstEnd = Math.min(firstEnd, ended);
      lastBegin = Math.max(lastBegin, began);
    }

    @Override
    public String toString() {
      return "value " + value + ": " + operations;
    }
  }

  public RegisterHistory() {
    Cluster initial = cluster(INITIAL);
    initial.written = true;
    initial.vouched = true;
    initial.writeBegan = Long.MIN_VALUE;
    initial.writeEnded = Long.MIN_VALUE + 1;
    initial.add("initial", Long.MIN_VALUE, Long.MIN_VALUE + 1);
  }

  private Cluster cluster(long value) {
    return clusters.computeIfAbsent(value, Cluster::new);
  }

  /// A write that was answered.
  public void wrote(long value, long beganNanos, long endedNanos) {
    write(value, beganNanos, endedNanos).vouched = true;
  }

  /// A write that failed: it may have taken effect at any time since, or never.
  public void mayHaveWritten(long value, long beganNanos) {
    Cluster _ = write(value, beganNanos, NEVER);
  }

  private Cluster write(long value, long began, long ended) {
    Cluster cluster = cluster(value);
    if (cluster.written) {
      throw new IllegalArgumentException("written twice: " + value);
    }
    cluster.written = true;
    cluster.writeBegan = began;
    cluster.writeEnded = ended;
    cluster.add("written", began, ended);
    return cluster;
  }

  public void read(long value, long beganNanos, long endedNanos) {
    Cluster cluster = cluster(value);
    cluster.firstReadEnd = Math.min(cluster.firstReadEnd, endedNanos);
    cluster.lastReadBegin = Math.max(cluster.lastReadBegin, beganNanos);
    cluster.add("read", beganNanos, endedNanos);
  }

  /// @throws AssertionError naming two values that exclude each other, or one that nobody wrote
  public void check() {
    List<Cluster> known = known();
    for (Cluster one : known) {
      for (Cluster other : known) {
        if (one != other && exclude(one, other)) {
          throw new AssertionError("not as from one copy:\n    " + one + "\n    " + other);
        }
      }
    }
  }

  /// The values that were there for sure; checks that each comes from somebody.
  private List<Cluster> known() {
    List<Cluster> known = new ArrayList<>();
    for (Cluster cluster : clusters.values()) {
      if (!cluster.written) {
        throw new AssertionError("nobody wrote this: " + cluster);
      }
      if (cluster.firstReadEnd < cluster.writeBegan) {
        throw new AssertionError("read before it was written: " + cluster);
      }
      if (cluster.vouched || cluster.firstReadEnd != NEVER) {
        known.add(cluster);
      }
    }
    return known;
  }

  /// As [#check], but a write may take effect several times until it is answered: a value must not
  /// be read any more when it was written over by a write that began after its own had ended.
  public void checkRepeating() {
    List<Cluster> known = known();
    for (Cluster old : known) {
      for (Cluster later : known) {
        if (later.writeBegan > old.writeEnded && later.writeEnded < old.lastReadBegin) {
          throw new AssertionError("written over, and still read:\n    " + old + "\n    " + later);
        }
      }
    }
  }

  private static boolean exclude(Cluster forward, Cluster other) {
    if (!forward.isForward()) {
      return false;
    }
    return other.isForward()
        ? other.low() < forward.high() && forward.low() < other.high()
        : forward.low() < other.low() && other.high() < forward.high();
  }
}
