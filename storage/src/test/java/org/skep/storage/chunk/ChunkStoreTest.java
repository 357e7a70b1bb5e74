package org.skep.storage.chunk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.TestTarget;

class ChunkStoreTest {
  private final MemoryDisk disk = new MemoryDisk("memory");
  private ChunkStore store;

  @BeforeEach
  void open() throws IOException {
    store = new TestTarget(disk).store;
  }

  /// The daemon starts anew on the same disk.
  private void restart() {
    store = new ChunkStore(disk, ChunkStore.CHUNKS, TestTarget.MARKER, 16);
  }

  private static ChunkKey key(long counter) {
    return new ChunkKey(Ids.inode(1, counter), 0);
  }

  private ChunkStatus write(ChunkKey key, String text) throws IOException {
    return store.write(key, ByteBuffer.wrap(text.getBytes(UTF_8)), 0);
  }

  private String read(ChunkKey key) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(100);
    store.read(key, into, 0);
    return new String(into.array(), 0, into.position(), UTF_8);
  }

  private static void assertErrno(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiskException.class, e -> assertThat(e.errno()).isEqualTo(errno.number()));
  }

  @Test
  void checksumsAreTheSameForTheSameBytesOnly() throws IOException {
    ByteBuffer memory = ByteBuffer.allocateDirect(1 << 20);
    assertThat(store.sums(key(1), 0, 16, memory)).isEqualTo(BlockSums.MISSING);
    assertThat(store.exists(key(1))).isFalse();
    assertThat(store.modifiedSeconds(key(1))).isNull();
    store.setLength(key(1), 0);
    assertThat(store.exists(key(1))).isTrue();
    assertThat(store.sums(key(1), 0, 16, memory))
        .isEqualTo(new BlockSums(true, 0, BlockSums.NO_DATA, List.of()));
    byte[] data = new byte[(2 << 16) + 5];
    data[(2 << 16) + 1] = 1;
    store.write(key(1), ByteBuffer.wrap(data), 0);
    // As a hole, it is the same.
    store.write(key(2), ByteBuffer.wrap(new byte[] {1}), (2 << 16) + 1);
    store.setLength(key(2), (2 << 16) + 5);
    List<Long> sums = store.sums(key(1), 0, 16, memory).sums();
    assertThat(sums).hasSize(3).isEqualTo(store.sums(key(2), 0, 16, memory).sums());
    assertThat(store.sums(key(1), 0, 2, memory).sums()).isEqualTo(sums.subList(0, 2));
    assertThat(store.sums(key(1), 1 << 16, 16, memory).sums()).isEqualTo(sums.subList(1, 3));
    assertThat(store.sums(key(1), 3 << 16, 16, memory).sums()).isEmpty();
    store.setLength(key(2), (2 << 16) + 6);
    assertThat(store.sums(key(2), 0, 16, memory).sums().get(2)).isNotEqualTo(sums.get(2));
  }

  @Test
  void twoRootsAreTwoWorlds() throws IOException {
    ChunkStore mirrored = new ChunkStore(disk, ChunkStore.MIRRORED, TestTarget.MARKER, 16);
    store.write(key(1), ByteBuffer.wrap(new byte[] {1}), 0);
    mirrored.write(key(2), ByteBuffer.wrap(new byte[] {1, 2}), 0);
    assertThat(mirrored.list(ChunkListing.Cursor.START, 10).chunks()).containsExactly(key(2));
    assertThat(store.list(ChunkListing.Cursor.START, 10).chunks()).containsExactly(key(1));
    assertThat(disk.exists(key(2).path(ChunkStore.MIRRORED))).isTrue();
  }

  @Test
  void aSyncOfAllSurvivesACrash() throws IOException {
    store.write(key(1), ByteBuffer.wrap(new byte[] {1}), 0);
    store.syncAll();
    disk.crash();
    assertThat(disk.content(key(1).path(ChunkStore.CHUNKS))).containsExactly(1);
  }

  @Test
  void aMissingChunkFileIsEmptyAndStaysMissing() throws IOException {
    assertThat(read(key(1))).isEmpty();
    assertThat(store.status(key(1))).isEqualTo(new ChunkStatus(0, 0, disk.durability()));
    store.truncate(key(1), 100, true);
    store.punch(key(1), 0, 100);
    store.zero(key(1), 0, 100);
    store.sync(key(1), 0, false);
    store.remove(key(1));
    store.write(key(1), ByteBuffer.allocate(0), 100);
    store.allocate(key(1), 0, 0, false);
    assertThat(store.seek(key(1), 0, true)).isEqualTo(-1);
    assertThat(disk.exists("chunks")).isFalse();
  }

  @Test
  void aRepeatedCutIsSyncedThoughThereIsNothingLeftToBeCut() throws IOException {
    write(key(1), "abcdef");
    ChunkStatus _ = store.sync(key(1), 0, false);
    try (Disk.File file = disk.open(key(1).path("chunks"), false)) {
      file.truncate(2);
    }
    assertThat(store.truncate(key(1), 2, true).lengthBytes()).isEqualTo(2);
    disk.crash();
    restart();
    assertThat(store.status(key(1)).lengthBytes()).isEqualTo(2);
  }

  @Test
  void truncateCutsAndNeverLengthens() throws IOException {
    write(key(1), "abcdef");
    assertThat(store.truncate(key(1), Long.MAX_VALUE, true).lengthBytes()).isEqualTo(6);
    assertThat(store.truncate(key(1), 2, true).lengthBytes()).isEqualTo(2);
    assertThat(read(key(1))).isEqualTo("ab");
  }

  @Test
  void whatIsSyncedSurvivesACrashNameAndAll() throws IOException {
    long durability = write(key(1), "synced").durability();
    store.sync(key(1), durability, true);
    write(key(2), "not synced");
    disk.crash();
    restart();
    assertThat(read(key(1))).isEqualTo("synced");
    assertThat(read(key(2))).isEmpty();
  }

  @Test
  void aNameOfAnEarlierLifeOfTheDaemonIsSyncedToo() throws IOException {
    write(key(1), "synced");
    restart();
    store.sync(key(1), disk.durability(), false);
    disk.crash();
    restart();
    assertThat(read(key(1))).isEqualTo("synced");
  }

  @Test
  void namesMadeAfterASyncAreSyncedByTheNext() throws IOException {
    for (long counter = 1; counter < 2000; counter += 100) {
      write(key(counter), "a");
      write(key(counter << 16), "b");
      store.sync(key(counter), 0, false);
      store.sync(key(counter << 16), 0, false);
    }
    disk.crash(new SplittableRandom(1));
    restart();
    for (long counter = 1; counter < 2000; counter += 100) {
      assertThat(read(key(counter))).isEqualTo("a");
      assertThat(read(key(counter << 16))).isEqualTo("b");
    }
  }

  @Test
  void directoriesAreSyncedOnlyWhenTheyHaveNewNames() throws IOException {
    AtomicInteger syncs = new AtomicInteger();
    disk.setHook((call, path) -> {
      if (call.equals("syncDirectory")) {
        syncs.incrementAndGet();
      }
    });
    write(key(1), "a");
    store.sync(key(1), 0, false);
    assertThat(syncs).hasValue(4);
    write(key(1), "b");
    store.sync(key(1), 0, false);
    assertThat(syncs).hasValue(4);
    write(key(2), "b");
    store.sync(key(1), 0, false);
    assertThat(syncs).hasValue(5);
  }

  @Test
  void aSyncAfterACrashSaysThatDataMayBeLost() throws IOException {
    write(key(1), "old");
    store.sync(key(1), 0, false);
    long durability = write(key(1), "lost").durability();
    disk.crash();
    restart();
    assertThat(read(key(1))).isEqualTo("old");
    assertErrno(Errno.EIO, () -> store.sync(key(1), durability, false));
    long now = write(key(1), "anew").durability();
    store.sync(key(1), now, false);
    store.sync(key(1), 0, false);
  }

  /// The kernel tells only one of them that dirty pages were dropped.
  @Test
  void aFailedSyncFailsTheSyncsOfAllWhoWroteBefore() throws IOException {
    long durability = write(key(1), "a").durability();
    write(key(2), "b");
    disk.setHook((call, path) -> {
      if (call.equals("sync")) {
        throw new DiskException(Errno.EIO.number(), "fsync " + path);
      }
    });
    assertErrno(Errno.EIO, () -> store.sync(key(2), durability, false));
    disk.setHook((call, path) -> {});
    assertErrno(Errno.EIO, () -> store.sync(key(1), durability, false));
    store.sync(key(1), write(key(1), "again").durability(), false);
  }

  @Test
  void aSyncOfAChunkFileThatIsGoneFails() throws IOException {
    long durability = write(key(1), "a").durability();
    disk.delete(key(1).path(ChunkStore.CHUNKS));
    restart();
    assertErrno(Errno.EIO, () -> store.sync(key(1), durability, false));
  }

  @Test
  void aFullDiskRefusesAndServesAgain() throws IOException {
    write(key(1), "old");
    disk.setCapacityBytes(4096 * 2);
    assertErrno(Errno.ENOSPC, () -> store.write(key(2), ByteBuffer.allocate(20_000), 0));
    assertErrno(Errno.ENOSPC, () -> store.allocate(key(3), 0, 20_000, true));
    assertThat(read(key(1))).isEqualTo("old");
    assertThat(store.status(key(2)).lengthBytes()).isEqualTo(4096);
    store.remove(key(2));
    store.write(key(4), ByteBuffer.allocate(4096), 0);
    assertThat(store.status(key(4)).lengthBytes()).isEqualTo(4096);
  }

  @Test
  void aRemovedChunkGivesItsSpaceBackThoughItWasOpen() throws IOException {
    store.write(key(1), ByteBuffer.allocate(100_000), 0);
    store.remove(key(1));
    assertThat(disk.space().freeBytes()).isEqualTo(disk.space().totalBytes());
    assertThat(store.openFiles()).isZero();
    assertThat(read(key(1))).isEmpty();
    store.remove(key(1));
  }

  /// An empty directory, as of a file system that is not mounted, must not be taken for a target
  /// without chunk files.
  @Test
  void aDirectoryThatIsNotTheTargetsIsNeitherReadNorWritten() throws IOException {
    write(key(1), "a");
    disk.wipe();
    assertErrno(Errno.EIO, () -> read(key(2)));
    assertErrno(Errno.EIO, () -> write(key(2), "b"));
    assertErrno(Errno.EIO, () -> store.remove(key(2)));
    assertErrno(Errno.EIO, () -> store.list(ChunkListing.Cursor.START, 10));
    assertErrno(Errno.EIO, () -> store.sync(key(1), 0, false));
    assertErrno(Errno.EIO, () -> store.status(key(2)));
    assertThat(disk.exists("chunks")).isFalse();
  }

  @Test
  void withoutDescriptorsSomeAreClosed() throws IOException {
    for (int counter = 1; counter <= 8; counter++) {
      write(key(counter), "a");
    }
    AtomicInteger failures = new AtomicInteger(1);
    disk.setHook((call, path) -> {
      if (call.equals("open") && failures.getAndDecrement() > 0) {
        throw new DiskException(Errno.EMFILE.number(), "open " + path);
      }
    });
    write(key(9), "b");
    assertThat(store.openFiles()).isEqualTo(5);
    assertThat(read(key(9))).isEqualTo("b");
  }

  @Test
  void allChunksAreListedInPieces() throws IOException {
    List<ChunkKey> made = new ArrayList<>();
    for (int counter = 1; counter < 100; counter++) {
      for (ChunkKey key :
          List.of(key(counter), key((long) counter << 8), key((long) counter << 20))) {
        if (!made.contains(key)) {
          write(key, "a");
          made.add(key);
        }
      }
    }
    disk.open("chunks/foreign", true).close();
    disk.open("chunks/00/00/foreign", true).close();
    disk.open("chunks/00/00/0001000000ffff00-0", true).close();
    List<ChunkKey> listed = new ArrayList<>();
    ChunkListing.Cursor cursor = ChunkListing.Cursor.START;
    boolean end = false;
    while (!end) {
      ChunkListing listing = store.list(cursor, 7);
      assertThat(listing.chunks()).hasSizeLessThanOrEqualTo(7);
      listed.addAll(listing.chunks());
      cursor = ChunkListing.Cursor.of(listing.cursor().text());
      end = listing.end();
    }
    assertThat(listed).containsExactlyInAnyOrderElementsOf(made);
  }

  @Test
  void manyEmptyDirectoriesDoNotMakeAListLong() throws IOException {
    for (int upper = 0; upper < 6; upper++) {
      for (int lower = 0; lower < 256; lower++) {
        disk.createDirectories("chunks/%02x/%02x".formatted(upper, lower));
      }
    }
    ChunkListing first = store.list(ChunkListing.Cursor.START, 10);
    assertThat(first.end()).isFalse();
    assertThat(first.cursor().text()).isEqualTo("04/00/");
    assertThat(store.list(first.cursor(), 10).end()).isTrue();
  }
}
