package org.skep.simulation.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.StorageHost;
import org.skep.simulation.workload.Actor;
import org.skep.simulation.workload.Scene;
import org.skep.storage.sweep.Sweep;

/// What is left on the disks of a cluster when nobody uses it any more.
public final class Remains {
  private static final long QUIET_NANOS = 300_000_000_000L;
  private static final long LOOK_NANOS = 1_000_000_000L;

  /// What has to become empty: nothing is under way, nothing is held, nothing is to be removed.
  private static final List<Table> PASSING =
      List.of(
          Table.INTENTS,
          Table.DECISIONS,
          Table.TRUNCATIONS,
          Table.GARBAGE,
          Table.OPENINGS,
          Table.ORPHANS,
          Table.LOCKS,
          Table.SESSIONS);

  private final SimulatedCluster cluster;

  public Remains(SimulatedCluster cluster) {
    this.cluster = cluster;
  }

  /// All clients that live close.
  public static void endClients(Scene scene) throws InterruptedException {
    List<Actor> actors = new ArrayList<>();
    List<SimulatedClient> clients = scene.cluster().clients();
    for (int i = 0; i < clients.size(); i++) {
      SimulatedClient client = clients.get(i);
      if (client.isUp() && client.isConnected()) {
        actors.add(new Actor(i, _ -> client.client().close()));
      }
    }
    scene.together(actors);
  }

  /// Waits until the servers have finished what they do in the background, and the sessions of dead
  /// clients have ended.
  ///
  /// @throws AssertionError saying what does not end
  public void awaitQuiet(Scene scene) throws DiskException, InterruptedException {
    long end = scene.nowNanos() + QUIET_NANOS;
    Map<Table, Integer> left = left();
    List<String> differences = ShardCopies.differences(cluster);
    while (!left.isEmpty() || !differences.isEmpty()) {
      if (scene.nowNanos() > end) {
        throw new AssertionError(
            "still there long after all clients have ended: " + left + " " + differences);
      }
      scene.sleep(LOOK_NANOS);
      left = left();
      differences = ShardCopies.differences(cluster);
    }
  }

  private Map<Table, Integer> left() throws DiskException {
    Map<Table, Integer> left = new EnumMap<>(Table.class);
    for (MemoryStore store : cluster.shardStores().values()) {
      Records records = new Records(store);
      for (Table table : PASSING) {
        records.scan(
            table,
            Keys.first(),
            Keys.end(),
            (_, _) -> {
              left.merge(table, 1, Integer::sum);
              return true;
            });
      }
    }
    return left;
  }

  /// Has every storage server look for chunks that belong to nobody.
  public void sweep(Scene scene) throws InterruptedException {
    for (StorageHost host : cluster.storage()) {
      for (Sweep.Result result : host.sweep().values()) {
        scene.note("sweep of " + host.host() + ": " + result);
        if (result.skipped() > 0) {
          throw new AssertionError("the sweep of " + host.host() + " left out " + result.skipped());
        }
      }
    }
  }

  /// @throws AssertionError all that is wrong with the namespace and the chunk files
  public void check() throws IOException {
    Map<Integer, MemoryStore> stores = cluster.shardStores();
    List<String> problems = new ArrayList<>(NamespaceChecker.check(stores, cluster.rootInode()));
    problems.addAll(ShardCopies.differences(cluster));
    Map<Long, InodeRecord> inodes = inodes();
    for (StorageHost host : cluster.storage()) {
      checkChunks(host, "chunks", host.targetId(), inodes, problems);
    }
    if (cluster.isMirrored()) {
      checkMirrors(inodes, problems);
    }
    if (!problems.isEmpty()) {
      throw new AssertionError(problems.size() + " problems:\n  " + String.join("\n  ", problems));
    }
  }

  private Map<Long, InodeRecord> inodes() throws DiskException {
    Map<Long, InodeRecord> inodes = new TreeMap<>();
    for (MemoryStore store : cluster.shardStores().values()) {
      new Records(store)
          .scan(
              Table.INODES,
              Keys.first(),
              Keys.end(),
              (key, value) -> {
                inodes.put(Keys.number(key, 0), Records.parse(value, InodeRecord.parser()));
                return true;
              });
    }
    return inodes;
  }

  private void checkMirrors(Map<Long, InodeRecord> inodes, List<String> problems)
      throws IOException {
    ClusterMap map = cluster.client(0).client().maps().current();
    for (BuddyGroup group : map.groupsOf(NodeKind.STORAGE)) {
      StorageHost primary = cluster.storageOf(group.primary());
      StorageHost secondary = cluster.storageOf(group.secondary());
      checkChunks(primary, "mirrored", group.id(), inodes, problems);
      compare(primary, secondary, problems);
    }
  }

  private static void compare(StorageHost one, StorageHost other, List<String> problems)
      throws IOException {
    Set<String> all = new TreeSet<>(files(one.disk(), "mirrored"));
    all.addAll(files(other.disk(), "mirrored"));
    for (String file : all) {
      String difference = difference(content(one.disk(), file), content(other.disk(), file));
      if (difference != null) {
        problems.add(
            "%s on %s and on %s: %s".formatted(file, one.host(), other.host(), difference));
      }
    }
  }

  private static @Nullable String difference(@Nullable ByteBuffer one, @Nullable ByteBuffer other) {
    if (one == null || other == null) {
      return one == null ? "missing on the first" : "missing on the second";
    }
    if (one.remaining() != other.remaining()) {
      return one.remaining() + " and " + other.remaining() + " bytes";
    }
    int at = one.mismatch(other);
    return at < 0 ? null : "byte %d is %d and %d".formatted(at, one.get(at), other.get(at));
  }

  private static @Nullable ByteBuffer content(Disk disk, String path) throws IOException {
    if (!disk.exists(path)) {
      return null;
    }
    try (Disk.File file = disk.open(path, false)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
      int _ = file.read(bytes, 0);
      return bytes.flip();
    }
  }

  private static void checkChunks(
      StorageHost host,
      String root,
      int place,
      Map<Long, InodeRecord> inodes,
      List<String> problems)
      throws IOException {
    for (String file : files(host.disk(), root)) {
      String[] name = file.substring(file.lastIndexOf('/') + 1).split("-");
      long inode = Long.parseUnsignedLong(name[0], 16);
      int stripe = Integer.parseInt(name[1]);
      InodeRecord record = inodes.get(inode);
      if (record == null) {
        problems.add("chunk without file on " + host.host() + ": " + file);
      } else if (stripe >= record.getLayout().getStripesCount()
          || record.getLayout().getStripes(stripe) != place) {
        problems.add("chunk at the wrong place on " + host.host() + ": " + file);
      } else if (record.getData() == InodeRecord.Data.NONE) {
        problems.add("chunk of " + Ids.text(inode) + ", which says that it has none");
      }
    }
  }

  private static List<String> files(Disk disk, String directory) throws IOException {
    List<String> files = new ArrayList<>();
    for (String name : disk.list(directory)) {
      String path = directory + "/" + name;
      if (name.indexOf('-') >= 0) {
        files.add(path);
      } else {
        files.addAll(files(disk, path));
      }
    }
    return files;
  }
}
