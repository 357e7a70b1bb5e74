package org.skep.simulation.fsck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.simulation.fsck.CheckedCluster.bytes;
import static org.skep.simulation.fsck.CheckedCluster.texts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.fsck.Damage;
import org.skep.fsck.Finding.Outcome;
import org.skep.fsck.Report;
import org.skep.metadata.record.GarbageRecord;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.Disk;
import org.skep.simulation.cluster.Shape;
import org.skep.simulation.cluster.StorageHost;

/// Each kind of damage is planted on the disks of a running cluster, found, repaired where that can
/// be done, and gone afterwards.
class FsckTest {
  private static final int TYPE_FILE = 8;
  private static final int TYPE_DIRECTORY = 4;
  private static final int CHUNK = 65_536;

  private CheckedCluster world;
  private long root;

  @BeforeEach
  void start() {
    world = new CheckedCluster(new Shape(2, 2, 2, false), 7);
    root = world.cluster.rootInode();
  }

  @AfterEach
  void stop() {
    world.close();
  }

  /// Found, repaired, and nothing is left.
  private void isRepaired(Damage damage) {
    Report found = world.check(false);
    assertThat(found.count(damage, Outcome.LEFT)).as("%s", texts(found)).isPositive();
    Report repaired = world.check(true);
    assertThat(repaired.count(damage, Outcome.REPAIRED)).as("%s", texts(repaired)).isPositive();
    assertThat(repaired.count(Outcome.LEFT)).as("%s", texts(repaired)).isZero();
    assertThat(texts(world.check(false))).isEmpty();
  }

  private int shardOfRoot() {
    return Ids.shardOf(root);
  }

  private int otherShard() {
    return 3 - shardOfRoot();
  }

  @Test
  void a_cluster_without_damage_is_clean() {
    long directory = world.directory(root, "d", otherShard());
    long file = world.file(directory, "f", 3 * CHUNK);
    long empty = world.file(root, "empty", 0);
    world.run(0, () -> world.files().link(file, root, bytes("second name")));
    world.run(0, () -> world.files().link(empty, directory, bytes("third name")));
    assertThat(texts(world.check(false))).isEmpty();
    // Also in passes of two inodes each.
    assertThat(texts(world.check(false, 2))).isEmpty();
  }

  @Test
  void an_entry_without_inode_is_removed() throws IOException {
    long file = world.file(root, "f", 0);
    world.delete(file, Table.INODES, Keys.of(file));
    isRepaired(Damage.ENTRY_WITHOUT_INODE);
    assertThat(world.entry(root, "f")).isNull();
  }

  @Test
  void a_file_without_entry_gets_a_name_in_lost_and_found() throws IOException {
    long file = world.file(root, "f", 100);
    world.removeEntry(root, "f");
    isRepaired(Damage.INODE_WITHOUT_ENTRY);
    assertThat(world.record(file).getLinks()).isEqualTo(1);
    long lost = world.entry(root, "lost+found").inode();
    assertThat(world.entry(lost, Ids.text(file)).inode()).isEqualTo(file);
  }

  @Test
  void a_directory_without_entry_gets_a_name_in_lost_and_found() throws IOException {
    long directory = world.directory(root, "d", otherShard());
    long file = world.file(directory, "f", 100);
    world.removeEntry(root, "d");
    isRepaired(Damage.INODE_WITHOUT_ENTRY);
    long lost = world.entry(root, "lost+found").inode();
    assertThat(world.record(directory).getParent()).isEqualTo(lost);
    assertThat(world.entry(directory, "f").inode()).isEqualTo(file);
  }

  @Test
  void a_wrong_link_count_of_a_file_is_set_right() throws IOException {
    long file = world.file(root, "f", 0);
    world.run(0, () -> world.files().link(file, root, bytes("g")));
    world.change(file, world.record(file).toBuilder().setLinks(5).build());
    isRepaired(Damage.WRONG_LINKS);
    assertThat(world.record(file).getLinks()).isEqualTo(2);
  }

  @Test
  void wrong_counts_of_a_directory_are_set_right() throws IOException {
    long directory = world.directory(root, "d", otherShard());
    long _ = world.file(directory, "f", 0);
    world.change(directory, world.record(directory).toBuilder().setLinks(9).setEntries(7).build());
    isRepaired(Damage.DIRECTORY_RECORDS);
    assertThat(world.record(directory).getLinks()).isEqualTo(2);
    assertThat(world.record(directory).getEntries()).isEqualTo(1);
  }

  @Test
  void an_entry_that_is_not_listed_is_listed_again() throws IOException {
    long file = world.file(root, "f", 0);
    world.delete(root, Table.COOKIES, Keys.of(root, world.entry(root, "f").cookie()));
    isRepaired(Damage.DIRECTORY_RECORDS);
    assertThat(world.entry(root, "f").inode()).isEqualTo(file);
  }

  @Test
  void a_listing_without_entry_makes_the_entry_again() throws IOException {
    long file = world.file(root, "f", 0);
    NamedInode entry = world.entry(root, "f");
    world.delete(root, Table.ENTRIES, Keys.of(root, bytes("f")));
    isRepaired(Damage.DIRECTORY_RECORDS);
    assertThat(world.entry(root, "f")).isEqualTo(entry);
    assertThat(world.record(file).getLinks()).isEqualTo(1);
  }

  @Test
  void an_entry_of_a_wrong_type_gets_its_inodes() throws IOException {
    long directory = world.directory(root, "d", otherShard());
    NamedInode entry = world.entry(root, "d");
    world.putEntry(root, "d", directory, TYPE_FILE, entry.cookie());
    isRepaired(Damage.WRONG_ENTRY_TYPE);
    assertThat(world.entry(root, "d").type()).isEqualTo(TYPE_DIRECTORY);
  }

  @Test
  void a_directory_with_a_wrong_parent_gets_the_one_that_has_its_entry() throws IOException {
    long directory = world.directory(root, "d", otherShard());
    long other = world.directory(root, "other", shardOfRoot());
    world.change(directory, world.record(directory).toBuilder().setParent(other).build());
    isRepaired(Damage.WRONG_PARENT);
    assertThat(world.record(directory).getParent()).isEqualTo(root);
  }

  @Test
  void a_second_entry_of_a_directory_is_removed() throws IOException {
    long directory = world.directory(root, "d", otherShard());
    long other = world.directory(root, "other", shardOfRoot());
    world.putEntry(other, "again", directory, TYPE_DIRECTORY, 1);
    world.change(
        other, world.record(other).toBuilder().setEntries(1).setLinks(3).setCookieLast(1).build());
    isRepaired(Damage.SURPLUS_NAME);
    assertThat(world.entry(other, "again")).isNull();
    assertThat(world.entry(root, "d").inode()).isEqualTo(directory);
  }

  @Test
  void a_circle_of_directories_is_cut() throws IOException {
    long upper = world.directory(root, "upper", otherShard());
    long lower = world.directory(upper, "lower", shardOfRoot());
    world.removeEntry(root, "upper");
    world.putEntry(lower, "upper", upper, TYPE_DIRECTORY, 1);
    world.change(
        lower, world.record(lower).toBuilder().setEntries(1).setLinks(3).setCookieLast(1).build());
    world.change(upper, world.record(upper).toBuilder().setParent(lower).build());
    isRepaired(Damage.CIRCLE);
  }

  @Test
  void an_entry_of_a_missing_directory_is_removed_and_its_file_gets_another_name()
      throws IOException {
    long directory = world.directory(root, "d", shardOfRoot());
    long file = world.file(directory, "f", 10);
    world.delete(directory, Table.INODES, Keys.of(directory));
    isRepaired(Damage.ENTRY_IN_NO_DIRECTORY);
    long lost = world.entry(root, "lost+found").inode();
    assertThat(world.entry(lost, Ids.text(file)).inode()).isEqualTo(file);
  }

  @Test
  void an_inode_without_name_that_nobody_has_open_is_removed_with_its_chunks() throws IOException {
    long file = world.file(root, "f", 100);
    world.removeEntry(root, "f");
    world.change(file, world.record(file).toBuilder().setLinks(0).build());
    isRepaired(Damage.UNNAMED_NOT_OPEN);
    assertThat(world.records(file).exists(file)).isFalse();
  }

  @Test
  void records_of_missing_inodes_are_removed() throws IOException {
    long missing = Ids.inode(shardOfRoot(), 60_000);
    world.put(missing, Table.XATTRS, Keys.of(missing, bytes("user.x")), new byte[3]);
    world.put(
        missing,
        Table.OPENINGS,
        Keys.of(missing, 77),
        OpeningRecord.newBuilder().setReaders(1).build().toByteArray());
    world.put(missing, Table.ORPHANS, Keys.of(missing), new byte[0]);
    Report found = world.check(false);
    assertThat(found.count(Damage.XATTR_WITHOUT_INODE, Outcome.LEFT)).isEqualTo(1);
    assertThat(found.count(Damage.OPENING_WITHOUT_INODE, Outcome.LEFT)).isEqualTo(1);
    isRepaired(Damage.ORPHAN_RECORD);
  }

  @Test
  void the_order_to_remove_the_chunks_of_a_living_file_is_taken_back() throws IOException {
    long file = world.file(root, "f", 100);
    InodeRecord record = world.record(file);
    // No storage target of the cluster has that number, so the removal waits.
    GarbageRecord garbage =
        GarbageRecord.newBuilder()
            .setLayout(record.getLayout().toBuilder().clearStripes().addStripes(999))
            .build();
    world.put(file, Table.GARBAGE, Keys.of(file), garbage.toByteArray());
    isRepaired(Damage.GARBAGE_OF_LIVING_INODE);
  }

  @Test
  void a_change_that_nobody_finishes_is_told() throws IOException {
    long missing = Ids.inode(shardOfRoot(), 60_000);
    long file = world.file(root, "f", 100);
    GarbageRecord garbage =
        GarbageRecord.newBuilder()
            .setLayout(world.record(file).getLayout().toBuilder().clearStripes().addStripes(999))
            .build();
    world.put(missing, Table.GARBAGE, Keys.of(missing), garbage.toByteArray());
    Report found = world.check(false);
    assertThat(found.count(Damage.UNFINISHED, Outcome.LEFT)).as("%s", texts(found)).isEqualTo(1);
  }

  // --- chunk files ------------------------------------------------------------------------------

  private StorageHost hostWithChunk() throws IOException {
    for (StorageHost host : world.cluster.storage()) {
      if (!world.chunkFiles(host, "chunks").isEmpty()) {
        return host;
      }
    }
    throw new AssertionError("no chunk files");
  }

  private static void write(StorageHost host, String path, int size) throws IOException {
    host.disk().createDirectories(path.substring(0, path.lastIndexOf('/')));
    try (Disk.File file = host.disk().open(path, true)) {
      file.write(ByteBuffer.allocate(size), 0);
    }
  }

  @Test
  void a_missing_chunk_file_is_told_and_a_hole_is_none() throws IOException {
    long _ = world.file(root, "f", 4 * CHUNK);
    world.run(
        0,
        () -> {
          var sparse = world.files().create(CheckedCluster.create(root, "sparse"));
          long _ = sparse.write(CheckedCluster.data(10), 9L * CHUNK, false);
          sparse.close();
        });
    assertThat(texts(world.check(false))).isEmpty();
    StorageHost host = hostWithChunk();
    for (String path : world.chunkFiles(host, "chunks")) {
      if (host.disk().content(path).length == 2 * CHUNK) {
        assertThat(host.disk().delete(path)).isTrue();
      }
    }
    Report found = world.check(true);
    assertThat(found.count(Damage.CHUNK_MISSING, Outcome.LEFT)).isEqualTo(1);
    assertThat(found.findings().getFirst().where()).isEqualTo("/f");
  }

  @Test
  void a_chunk_file_without_file_is_removed() throws IOException {
    long missing = Ids.inode(shardOfRoot(), 60_000);
    StorageHost host = world.cluster.storage().getFirst();
    String path = "chunks/00/ea/%016x-0".formatted(missing);
    write(host, path, 10);
    isRepaired(Damage.CHUNK_WITHOUT_FILE);
    assertThat(host.disk().exists(path)).isFalse();
  }

  @Test
  void a_chunk_file_on_a_wrong_target_is_removed_where_the_right_one_is_there() throws IOException {
    long _ = world.file(root, "f", 4 * CHUNK);
    StorageHost host = hostWithChunk();
    String path = world.chunkFiles(host, "chunks").getFirst();
    StorageHost other =
        world.cluster.storage().stream().filter(one -> one != host).findFirst().orElseThrow();
    write(other, path, 10);
    isRepaired(Damage.CHUNK_MISPLACED);
    assertThat(host.disk().exists(path)).isTrue();
    assertThat(other.disk().exists(path)).isFalse();
  }

  @Test
  void a_chunk_file_longer_than_the_size_allows_is_cut() throws IOException {
    long file = world.file(root, "f", 4 * CHUNK);
    world.change(file, world.record(file).toBuilder().setSize(100).build());
    isRepaired(Damage.CHUNK_TOO_LONG);
    assertThat(world.record(file).getSize()).isEqualTo(100);
  }

  @Test
  void a_file_on_a_target_that_is_not_in_the_map_is_told() throws IOException {
    long file = world.file(root, "f", 100);
    InodeRecord record = world.record(file);
    world.change(
        file,
        record.toBuilder()
            .setLayout(record.getLayout().toBuilder().clearStripes().addStripes(999))
            .build());
    Report found = world.check(false);
    assertThat(found.count(Damage.TARGET_UNKNOWN, Outcome.LEFT)).isEqualTo(1);
  }

  @Test
  void without_repair_nothing_is_changed() throws IOException {
    long file = world.file(root, "f", 0);
    world.change(file, world.record(file).toBuilder().setLinks(5).build());
    Report _ = world.check(false);
    assertThat(world.record(file).getLinks()).isEqualTo(5);
    assertThat(List.of(world.check(false).findings().getFirst().outcome()))
        .containsExactly(Outcome.LEFT);
  }
}
