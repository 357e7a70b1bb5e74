package org.skep.metadata.replication;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.CrashedError;
import org.skep.metadata.twin.MemoryStore;
import org.skep.metadata.twin.TestClock;
import org.skep.runtime.port.DiskException;

/// Two stores of one shard, and what management does with them. A request to the secondary may get
/// lost, its answer too, and an old one may come again. A secondary that is dead is left out at
/// once, as by a newer map.
final class ReplicatedPair {
  static final int SHARD = 1;
  private static final HexFormat HEX = HexFormat.of();

  final TestClock clock = new TestClock();
  final MemoryStore[] stores = {new MemoryStore(), new MemoryStore()};
  final List<String> complaints = new ArrayList<>();
  private final SplittableRandom random;
  private int primary;
  private Shard shard;
  private Replicator replicator;
  private @Nullable ShardReplica replica;
  // of the secondary: it may not have all that was acknowledged
  private boolean unsure;
  private @Nullable Line old;
  int faultsPercent;
  int copies;
  int undone;

  /// A request that was sent once.
  private record Line(ShardReplica to, long previous, List<LoggedBatch> batches) {}

  private final Opened opened;

  /// Hears of each life of the shard before it is used.
  interface Opened {
    void opened(Shard shard) throws DiskException;
  }

  ReplicatedPair(long seed) throws DiskException {
    this(seed, shard -> {});
  }

  ReplicatedPair(long seed, Opened opened) throws DiskException {
    this.opened = opened;
    random = new SplittableRandom(seed);
    replicator = newReplicator();
    replicator.alone();
    shard = open();
  }

  private Replicator newReplicator() throws DiskException {
    return new Replicator(
        SHARD,
        stores[primary],
        clock,
        null,
        new ReplicationWatch() {
          @Override
          public void secondaryFails(String reason) {
            complaints.add(reason);
            leaveOut();
          }

          @Override
          public void diskFails(DiskException reason) {
            throw new AssertionError(reason);
          }
        });
  }

  private Shard open() throws DiskException {
    int origin = primary << 16 | random.nextInt(1 << 16);
    Shard begun = new Shard(SHARD, stores[primary], clock, replicator, origin);
    opened.opened(begun);
    return begun;
  }

  Shard shard() {
    return shard;
  }

  Replicator replicator() {
    return replicator;
  }

  MemoryStore primaryStore() {
    return stores[primary];
  }

  MemoryStore secondaryStore() {
    return stores[1 - primary];
  }

  boolean isPair() {
    return replicator.mode() == Replicator.Mode.REQUIRED;
  }

  /// The secondary does not count any more.
  void leaveOut() {
    replicator.alone();
    replica = null;
  }

  private boolean fault() {
    return random.nextInt(100) < faultsPercent;
  }

  private final class FaultySecondary implements Secondary {
    private final ShardReplica to;

    private FaultySecondary(ShardReplica to) {
      this.to = to;
    }

    @Override
    public Appended append(long previous, List<LoggedBatch> batches, boolean sync)
        throws IOException {
      try {
        Line again = old;
        if (again != null && again.to == to && fault()) {
          Appended _ = to.append(again.previous, again.batches, false);
        }
        if (fault()) {
          throw new IOException("the request got lost");
        }
        old = new Line(to, previous, List.copyOf(batches));
        Appended answer = to.append(previous, batches, sync);
        if (fault()) {
          throw new IOException("the answer got lost");
        }
        return answer;
      } catch (RefusedException e) {
        throw new Secondary.LastingRefusal(e.failure().detail());
      } catch (CrashedError e) {
        leaveOut();
        throw new IOException("the secondary died", e);
      }
    }
  }

  private final class Target implements ResyncTarget {
    private final ShardReplica to;

    private Target(ShardReplica to) {
      this.to = to;
    }

    private interface Step<R> {
      R run() throws RefusedException, DiskException;
    }

    private <R> R ask(Step<R> step) throws IOException {
      try {
        if (random.nextInt(100) * 4 < faultsPercent) {
          throw new IOException("the request got lost");
        }
        return step.run();
      } catch (RefusedException e) {
        throw new IOException(e.failure().detail());
      } catch (CrashedError e) {
        throw new IOException("the secondary died", e);
      }
    }

    @Override
    public Holding begin(boolean copy) throws IOException {
      return ask(() -> {
        if (copy) {
          to.beginCopy();
        }
        return new Holding(to.shard(), to.last(), to.lives(), to.isCopying(), unsure);
      });
    }

    @Override
    public @Nullable List<TableKey> tail(long common) throws IOException {
      return ask(() -> to.tail(common));
    }

    @Override
    public void undo(long common, List<StoredEntry> present, boolean finish) throws IOException {
      Object _ =
          ask(() -> {
            to.undo(common, present, finish);
            return true;
          });
    }

    @Override
    public List<RangeDigest> digests(List<KeyRange> ranges) throws IOException {
      return ask(() -> {
        List<RangeDigest> digests = new ArrayList<>();
        for (KeyRange range : ranges) {
          digests.add(to.digest(range));
        }
        return digests;
      });
    }

    @Override
    public void copy(KeyRange range, List<StoredEntry> entries) throws IOException {
      Object _ =
          ask(() -> {
            to.copy(range, entries);
            return true;
          });
    }

    @Override
    public void endCopy(long last) throws IOException {
      Object _ =
          ask(() -> {
            to.endCopy(last);
            return true;
          });
    }
  }

  /// A batch of this changes while the copy goes on.
  interface Meanwhile {
    void change() throws IOException;
  }

  /// One try to bring the secondary back.
  ///
  /// @param meanwhile called between the steps
  /// @return whether it counts again
  boolean resync(boolean everything, Meanwhile meanwhile) throws IOException, InterruptedException {
    MemoryStore store = secondaryStore();
    if (store.isDead()) {
      MemoryStore _ = store.open(0);
    }
    ShardReplica to = ShardReplica.open(store);
    ContentCopy.Progress progress =
        new ContentCopy.Progress() {
          @Override
          public void copies() {}

          @Override
          public void compared(Table table, long keys, long bytes) {}

          @Override
          public void undone(List<StoredEntry> present) {}

          @Override
          public void sending(List<StoredEntry> entries) {}

          @Override
          public void copied(List<StoredEntry> entries) {}

          @Override
          public void equal(Table table, long keys) {
            try {
              meanwhile.change();
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        };
    try {
      ShardResync.Result result =
          new ShardResync(shard, primaryStore(), replicator.log(), new Target(to), progress)
              .run(everything);
      copies += result.copied() ? 1 : 0;
      undone += result.undoneKeys() > 0 ? 1 : 0;
      replica = to;
      replicator.follow(new FaultySecondary(to), result.last());
      meanwhile.change();
      while (shard.countBehind(replicator.acknowledged()) > 3 && replicator.pump()) {
        meanwhile.change();
      }
      replicator.require();
      meanwhile.change();
      shard.awaitAcknowledged();
      if (replica == null) {
        return false;
      }
      to.finish();
    } catch (RefusedException e) {
      throw new AssertionError(e);
    } catch (CrashedError e) {
      // It is not known to be good yet.
      leaveOut();
      if (primaryStore().isDead()) {
        throw e;
      }
      return false;
    } catch (IOException e) {
      leaveOut();
      return false;
    }
    unsure = false;
    return true;
  }

  /// The primary's process dies and begins anew, before anybody has noticed.
  void restartPrimary() throws DiskException {
    boolean pair = isPair();
    ShardReplica with = replica;
    shard.end();
    primaryStore().crash();
    MemoryStore _ = primaryStore().open(0);
    replicator = newReplicator();
    if (pair && with != null) {
      replicator.require(new FaultySecondary(with));
    } else {
      replicator.alone();
    }
    shard = open();
  }

  /// The primary is gone, with batches that were not synced; the secondary takes over, alone.
  void failover() throws DiskException {
    if (!isPair()) {
      throw new IllegalStateException("nobody to take over");
    }
    shard.end();
    primaryStore().crash();
    int lost = random.nextInt(primaryStore().unsyncedCount() + 1);
    MemoryStore _ = primaryStore().open(lost);
    // Point in time: what it lost makes it unsure, but only its own tail can tell; by the lives.
    unsure = false;
    primary = 1 - primary;
    replica = null;
    begin();
  }

  private void begin() throws DiskException {
    // A crash that was planned for the secondary.
    stores[primary].crashIn(0, false);
    replicator = newReplicator();
    replicator.alone();
    shard = open();
  }

  /// Hands the shard over on purpose: the old primary's process lives on.
  void handOver() throws DiskException {
    shard.end();
    shard.awaitQuiet();
    primary = 1 - primary;
    replica = null;
    begin();
  }

  /// The secondary's host dies, and loses what was not synced.
  void loseSecondary() throws DiskException {
    leaveOut();
    secondaryStore().crash();
    MemoryStore _ = secondaryStore().open(random.nextInt(secondaryStore().unsyncedCount() + 1));
  }

  /// All content of a store but the log.
  static List<String> content(MemoryStore store) throws DiskException {
    List<String> content = new ArrayList<>();
    for (Table table : ContentReader.tables()) {
      try (Cursor cursor = store.scan(table, Keys.first(), Keys.end())) {
        while (cursor.next()) {
          content.add(
              table + " " + HEX.formatHex(cursor.key()) + " = " + HEX.formatHex(cursor.value()));
        }
      }
    }
    return content;
  }
}
