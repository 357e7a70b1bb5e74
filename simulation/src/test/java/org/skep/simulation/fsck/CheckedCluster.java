package org.skep.simulation.fsck;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.fsck.Fsck;
import org.skep.fsck.Report;
import org.skep.fsck.Settings;
import org.skep.fsck.Watcher;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.Records;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.simulation.check.FileSystemCheck;
import org.skep.simulation.cluster.Flaw;
import org.skep.simulation.cluster.MetadataHost;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.SimulatedClient;
import org.skep.simulation.cluster.SimulatedCluster;
import org.skep.simulation.cluster.SimulatedGroups;
import org.skep.simulation.cluster.StorageHost;
import org.skep.simulation.log.EventLog;
import org.skep.simulation.world.Scheduler;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.MakeDirectoryRequest;

/// A whole cluster in the simulated world, whose disks a test can damage, and which it can check.
/// The last client is the check's own.
final class CheckedCluster implements AutoCloseable {
  static final int WRITE_ONLY = 1;
  private static final long PHASE_NANOS = 3_600_000_000_000L;
  private static final Caller ROOT = Caller.newBuilder().setPrivileged(true).build();

  final Scheduler scheduler;
  final SimulatedCluster cluster;

  /// Something that is done on a client's thread.
  interface Work {
    void run() throws Exception;
  }

  CheckedCluster(Shape shape, long seed) {
    scheduler = new Scheduler(seed);
    EventLog log = new EventLog(scheduler, null);
    EventLog.setCurrent(log);
    cluster = new SimulatedCluster(scheduler, log, shape, Flaw.NONE);
    cluster.start();
    if (shape.mirrored()) {
      run(
          0,
          () ->
              new SimulatedGroups(cluster, NodeKind.STORAGE)
                  .form(cluster.client(0).client(), SimulatedGroups.storagePairs(cluster)));
      scheduler.runUntil(
          () -> new SimulatedGroups(cluster, NodeKind.STORAGE).troubles().isEmpty(),
          PHASE_NANOS,
          "whole groups");
    }
  }

  @Override
  public void close() {
    cluster.killAll();
    EventLog.setCurrent(null);
  }

  /// Does something on a thread of a client, and waits for it.
  void run(int client, Work work) {
    await(start(client, work));
  }

  /// What is going on in the background.
  record Running(AtomicBoolean done, List<Throwable> failures) {}

  Running start(int client, Work work) {
    Running running = new Running(new AtomicBoolean(), new ArrayList<>());
    Thread _ =
        cluster
            .client(client)
            .process()
            .start(
                "test",
                () -> {
                  try {
                    work.run();
                  } catch (Exception | AssertionError e) {
                    running.failures.add(e);
                  }
                  running.done.set(true);
                });
    return running;
  }

  void await(Running running) {
    scheduler.runUntil(running.done::get, PHASE_NANOS, "the end of it");
    if (!running.failures.isEmpty()) {
      throw new AssertionError(running.failures.getFirst());
    }
  }

  /// Checks the cluster with the last client.
  Report check(boolean repair) {
    return check(repair, Settings.INODES_MAX);
  }

  Report check(boolean repair, int inodesMax) {
    int last = cluster.clients().size() - 1;
    SimulatedClient client = cluster.client(last);
    List<Report> reports = new ArrayList<>();
    run(
        last,
        () ->
            reports.add(
                new Fsck(
                        client.process().ports().clock(),
                        client.client().router(),
                        client.client().maps(),
                        new Settings(repair, true, inodesMax, Settings.GRACE_NANOS),
                        Watcher.SILENT)
                    .run()));
    return reports.getFirst();
  }

  static List<String> texts(Report report) {
    return FileSystemCheck.texts(report);
  }

  // --- making things ----------------------------------------------------------------------------

  FileSystem files() {
    return cluster.client(0).files();
  }

  long directory(long parent, String name, int shard) {
    long[] inode = new long[1];
    run(
        0,
        () ->
            inode[0] =
                files()
                    .makeDirectory(
                        MakeDirectoryRequest.newBuilder()
                            .setParent(parent)
                            .setName(bytes(name))
                            .setMode(0755)
                            .setShard(shard)
                            .setCaller(ROOT)
                            .build())
                    .getInode());
    return inode[0];
  }

  long file(long parent, String name, int size) {
    long[] inode = new long[1];
    run(
        0,
        () -> {
          OpenFile file = files().create(create(parent, name));
          inode[0] = file.inode();
          if (size > 0) {
            long _ = file.write(data(size), 0, false);
          }
          file.close();
        });
    return inode[0];
  }

  static CreateRequest create(long parent, String name) {
    return CreateRequest.newBuilder()
        .setParent(parent)
        .setName(bytes(name))
        .setMode(0644)
        .setOpenFlags(WRITE_ONLY)
        .setCaller(ROOT)
        .build();
  }

  static ByteBuffer data(int size) {
    ByteBuffer data = ByteBuffer.allocate(size);
    for (int i = 0; i < size; i++) {
      data.put((byte) (1 + i % 100));
    }
    return data.flip();
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  // --- damaging ---------------------------------------------------------------------------------

  KeyValueStore store(long inode) {
    for (MetadataHost host : cluster.metadata()) {
      if (host.targetId() == Ids.shardOf(inode)) {
        return host.store();
      }
    }
    throw new AssertionError("no shard has " + Ids.text(inode));
  }

  Records records(long inode) {
    return new Records(store(inode));
  }

  void put(long inode, Table table, byte[] key, byte[] value) throws IOException {
    Batch batch = new Batch();
    batch.put(table, key, value);
    store(inode).apply(batch, true);
  }

  void delete(long inode, Table table, byte[] key) throws IOException {
    Batch batch = new Batch();
    batch.delete(table, key);
    store(inode).apply(batch, true);
  }

  InodeRecord record(long inode) throws IOException {
    InodeRecord record = records(inode).inode(inode);
    if (record == null) {
      throw new AssertionError("no inode " + Ids.text(inode));
    }
    return record;
  }

  void change(long inode, InodeRecord record) throws IOException {
    put(inode, Table.INODES, Keys.of(inode), record.toByteArray());
  }

  NamedInode entry(long directory, String name) throws IOException {
    return records(directory).entry(directory, bytes(name));
  }

  /// Puts an entry with its place in the listing, but changes no count.
  void putEntry(long directory, String name, long inode, int type, long cookie) throws IOException {
    put(
        directory,
        Table.ENTRIES,
        Keys.of(directory, bytes(name)),
        Records.entryValue(new NamedInode(inode, type, cookie)));
    put(
        directory,
        Table.COOKIES,
        Keys.of(directory, cookie),
        Records.cookieValue(inode, type, bytes(name)));
  }

  /// Removes an entry with its place in the listing, and counts it out.
  void removeEntry(long directory, String name) throws IOException {
    NamedInode entry = entry(directory, name);
    delete(directory, Table.ENTRIES, Keys.of(directory, bytes(name)));
    delete(directory, Table.COOKIES, Keys.of(directory, entry.cookie()));
    InodeRecord record = record(directory);
    int links = record.getLinks() - (entry.type() == 4 ? 1 : 0);
    change(
        directory, record.toBuilder().setEntries(record.getEntries() - 1).setLinks(links).build());
  }

  /// The chunk files below a root of a target, with their paths.
  List<String> chunkFiles(StorageHost host, String root) throws IOException {
    List<String> found = new ArrayList<>();
    for (String name : host.disk().list(root)) {
      String path = root + "/" + name;
      if (name.indexOf('-') >= 0) {
        found.add(path);
      } else {
        found.addAll(chunkFiles(host, path));
      }
    }
    return found;
  }
}
