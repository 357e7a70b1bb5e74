package org.skep.storage.chunk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.twin.MemoryDisk;
import org.skep.storage.TestTarget;

/// A chunk file over 8 TiB looks like one file.
class SegmentedFileTest {
  private static final long BORDER = FarSegments.SEGMENT_BYTES;
  private static final ChunkKey KEY = new ChunkKey(Ids.inode(1, 1), 0);
  private static final ChunkKey NEXT = new ChunkKey(Ids.inode(1, 1), 10);

  @TempDir Path directory;
  private Disk disk;
  private ChunkStore store;

  /// What the target's directory is on.
  enum On {
    MEMORY,
    LOCAL
  }

  private void open(On on) throws IOException {
    disk = on == On.MEMORY ? new MemoryDisk("memory") : new LocalDisk(directory);
    store = new TestTarget(disk).store;
  }

  private void restart() {
    store = new ChunkStore(disk, ChunkStore.CHUNKS, TestTarget.MARKER, 16);
  }

  private ChunkStatus write(ChunkKey key, String text, long offset) throws IOException {
    return store.write(key, ByteBuffer.wrap(text.getBytes(UTF_8)), offset);
  }

  private String read(long offset, int bytes) throws IOException {
    ByteBuffer into = ByteBuffer.allocateDirect(bytes);
    store.read(KEY, into, offset);
    assertThat(into.limit()).isEqualTo(bytes);
    return UTF_8.decode(into.flip()).toString().replace('\0', '.');
  }

  private List<ChunkKey> listed() throws IOException {
    return store.list(ChunkListing.Cursor.START, 100).chunks();
  }

  private List<String> segments() throws IOException {
    return disk.list(KEY.path(ChunkStore.CHUNKS) + ".far");
  }

  @ParameterizedTest
  @EnumSource
  void aWriteOverTheBorderIsReadBackAlsoAfterARestart(On on) throws IOException {
    open(on);
    assertThat(write(KEY, "abcdef", BORDER - 2).lengthBytes()).isEqualTo(BORDER + 4);
    assertThat(segments()).containsExactly("00001");
    restart();
    assertThat(read(BORDER - 4, 100)).isEqualTo("..abcdef");
    assertThat(read(BORDER + 1, 2)).isEqualTo("de");
    assertThat(read(BORDER + 4, 10)).isEmpty();
    assertThat(store.status(KEY).lengthBytes()).isEqualTo(BORDER + 4);
    assertThat(store.status(KEY).allocatedBytes()).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsBetweenSegmentsReadsAsZeros(On on) throws IOException {
    open(on);
    write(KEY, "near", 0);
    write(KEY, "far", 5 * BORDER + 10);
    assertThat(segments()).containsExactly("00005");
    assertThat(read(2, 6)).isEqualTo("ar....");
    assertThat(read(3 * BORDER - 3, 6)).isEqualTo("......");
    assertThat(read(5 * BORDER + 8, 10)).isEqualTo("..far");
  }

  @ParameterizedTest
  @EnumSource
  void theLastByteOfTheLargestFileIsWrittenAndRead(On on) throws IOException {
    open(on);
    assertThat(write(KEY, "end", Long.MAX_VALUE - 3).lengthBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(segments()).containsExactly("fffff");
    assertThat(read(Long.MAX_VALUE - 5, 5)).isEqualTo("..end");
    assertThat(store.seek(KEY, Long.MAX_VALUE - 2, false)).isEqualTo(Long.MAX_VALUE - 2);
    assertThat(store.seek(KEY, Long.MAX_VALUE - 2, true)).isEqualTo(Long.MAX_VALUE);
    assertThat(store.seek(KEY, Long.MAX_VALUE, true)).isEqualTo(-1);
    store.punch(KEY, 0, Long.MAX_VALUE);
    assertThat(read(Long.MAX_VALUE - 5, 5)).isEqualTo(".....");
    assertThat(store.status(KEY).lengthBytes()).isEqualTo(Long.MAX_VALUE);
    store.truncate(KEY, Long.MAX_VALUE - 1, true);
    assertThat(store.status(KEY).lengthBytes()).isEqualTo(Long.MAX_VALUE - 1);
  }

  @ParameterizedTest
  @EnumSource
  void truncateRemovesWhatIsBehindForEver(On on) throws IOException {
    open(on);
    write(KEY, "near", 100);
    write(KEY, "first", BORDER);
    write(KEY, "second", 2 * BORDER);
    assertThat(store.truncate(KEY, 2 * BORDER + 2, true).lengthBytes()).isEqualTo(2 * BORDER + 2);
    assertThat(store.truncate(KEY, BORDER + 3, true).lengthBytes()).isEqualTo(BORDER + 3);
    assertThat(segments()).containsExactly("00001");
    assertThat(store.truncate(KEY, 102, true).lengthBytes()).isEqualTo(102);
    assertThat(segments()).isEmpty();
    write(KEY, "x", 2 * BORDER + 10);
    assertThat(read(2 * BORDER, 20)).isEqualTo("..........x");
    assertThat(read(BORDER, 5)).isEqualTo(".....");
    assertThat(read(100, 4)).isEqualTo("ne..");
    store.truncate(KEY, 2 * BORDER, true);
    assertThat(store.status(KEY).lengthBytes()).isLessThanOrEqualTo(2 * BORDER);
  }

  @ParameterizedTest
  @EnumSource
  void aLengthIsSetExactlyWhereverItIs(On on) throws IOException {
    open(on);
    for (long length :
        new long[] {
          0,
          5,
          BORDER - 1,
          BORDER,
          BORDER + 1,
          3 * BORDER + 7,
          2 * BORDER,
          Long.MAX_VALUE,
          BORDER,
          3
        }) {
      assertThat(store.setLength(KEY, length).lengthBytes()).isEqualTo(length);
      restart();
      assertThat(store.status(KEY).lengthBytes()).isEqualTo(length);
    }
    write(KEY, "abc", 0);
    store.setLength(KEY, 2 * BORDER);
    assertThat(read(0, 5)).isEqualTo("abc..");
    assertThat(read(2 * BORDER - 3, 5)).isEqualTo("...");
    write(KEY, "far", 2 * BORDER + 10);
    store.truncate(KEY, 2 * BORDER, false);
    assertThat(store.status(KEY).lengthBytes()).isEqualTo(2 * BORDER);
  }

  @ParameterizedTest
  @EnumSource
  void checksumsKnowHolesAndSegments(On on) throws IOException {
    open(on);
    ByteBuffer memory = ByteBuffer.allocateDirect(1 << 20);
    write(KEY, "near", 3 << 16);
    write(KEY, "far", BORDER + (1 << 16));
    BlockSums near = store.sums(KEY, 0, 16, memory);
    assertThat(near.sums()).hasSize(16);
    assertThat(near.nextData()).isEqualTo(3 << 16);
    assertThat(near.sums().get(2)).isEqualTo(near.sums().get(4)).isNotEqualTo(near.sums().get(3));
    BlockSums far = store.sums(KEY, BORDER, 16, memory);
    assertThat(far.lengthBytes()).isEqualTo(BORDER + (1 << 16) + 3);
    assertThat(far.sums()).hasSize(2);
    assertThat(far.sums().get(0)).isEqualTo(near.sums().get(0));
    assertThat(far.sums().get(1)).isEqualTo(BlockSums.sum(ByteBuffer.wrap("far".getBytes(UTF_8))));
    assertThat(store.sums(KEY, 5 << 16, 0, memory).nextData()).isEqualTo(BORDER + (1 << 16));
  }

  @ParameterizedTest
  @EnumSource
  void dataAndHolesAreFoundOverSegments(On on) throws IOException {
    open(on);
    write(KEY, "near", 0);
    write(KEY, "far", 3 * BORDER);
    store.write(KEY, ByteBuffer.allocate(8192), BORDER - 4096);
    assertThat(store.seek(KEY, 0, false)).isZero();
    assertThat(store.seek(KEY, 0, true)).isEqualTo(4096);
    assertThat(store.seek(KEY, 4096, false)).isEqualTo(BORDER - 4096);
    assertThat(store.seek(KEY, BORDER - 4096, true)).isEqualTo(BORDER + 4096);
    assertThat(store.seek(KEY, BORDER + 4096, false)).isEqualTo(3 * BORDER);
    assertThat(store.seek(KEY, 2 * BORDER + 7, true)).isEqualTo(2 * BORDER + 7);
    assertThat(store.seek(KEY, 3 * BORDER, true)).isEqualTo(3 * BORDER + 3);
    assertThat(store.seek(KEY, 3 * BORDER + 3, false)).isEqualTo(-1);
  }

  @ParameterizedTest
  @EnumSource
  void rangesArePunchedZeroedAndReservedOverTheBorder(On on) throws IOException {
    open(on);
    write(KEY, "abcdef", BORDER - 3);
    store.punch(KEY, BORDER - 1, 2);
    assertThat(read(BORDER - 3, 6)).isEqualTo("ab..ef");
    store.zero(KEY, BORDER - 2, 4);
    assertThat(read(BORDER - 3, 6)).isEqualTo("a....f");
    ChunkStatus reserved = store.allocate(KEY, 4 * BORDER - 4096, 8192, true);
    assertThat(reserved.lengthBytes()).isEqualTo(BORDER + 3);
    assertThat(reserved.allocatedBytes()).isGreaterThanOrEqualTo(4 * 4096);
    assertThat(store.allocate(KEY, 4 * BORDER - 4096, 8192, false).lengthBytes())
        .isEqualTo(4 * BORDER + 4096);
  }

  @ParameterizedTest
  @EnumSource
  void aRangeThatCanNotFitIsRefusedAtOnce(On on) throws IOException {
    open(on);
    write(KEY, "a", 0);
    assertThatThrownBy(() -> store.allocate(KEY, 0, Long.MAX_VALUE, true))
        .isInstanceOfSatisfying(
            DiskException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC.number()));
    assertThat(store.status(KEY).allocatedBytes()).isLessThanOrEqualTo(8192);
    assertThat(segments()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aRemovedChunkLeavesNothing(On on) throws IOException {
    open(on);
    write(KEY, "near", 0);
    write(KEY, "far", 9 * BORDER);
    store.remove(KEY);
    assertThat(disk.list(KEY.directory(ChunkStore.CHUNKS))).isEmpty();
    assertThat(read(9 * BORDER, 10)).isEmpty();
    assertThat(store.status(KEY).lengthBytes()).isZero();
    store.remove(KEY);
  }

  @ParameterizedTest
  @EnumSource
  void aChunkIsListedOnceAlsoWhereOnlyItsFarSegmentsAreLeft(On on) throws IOException {
    open(on);
    write(KEY, "far", BORDER);
    write(NEXT, "a", 0);
    assertThat(listed()).containsExactly(KEY, NEXT);
    ChunkListing first = store.list(ChunkListing.Cursor.START, 1);
    assertThat(first.chunks()).containsExactly(KEY);
    assertThat(store.list(first.cursor(), 5).chunks()).containsExactly(NEXT);
    disk.delete(KEY.path(ChunkStore.CHUNKS));
    restart();
    assertThat(listed()).containsExactly(KEY, NEXT);
    assertThat(read(BORDER, 5)).isEqualTo("far");
    disk.delete(KEY.path(ChunkStore.CHUNKS));
    restart();
    store.remove(KEY);
    assertThat(listed()).containsExactly(NEXT);
  }

  @Test
  void whatIsSyncedSurvivesACrashNameAndAll() throws IOException {
    MemoryDisk memory = new MemoryDisk("memory");
    disk = memory;
    store = new TestTarget(disk).store;
    write(KEY, "near", 0);
    store.sync(KEY, write(KEY, "abcd", BORDER - 2).durability(), true);
    store.sync(KEY, write(KEY, "far", 7 * BORDER).durability(), true);
    write(KEY, "lost", 8 * BORDER);
    memory.crash();
    restart();
    assertThat(read(BORDER - 3, 5)).isEqualTo(".abcd");
    assertThat(read(7 * BORDER, 5)).isEqualTo("far");
    assertThat(read(8 * BORDER, 5)).isEqualTo("");
    store.truncate(KEY, 3, true);
    store.sync(KEY, memory.durability(), true);
    memory.crash();
    restart();
    assertThat(store.status(KEY).lengthBytes()).isEqualTo(3);
  }

  /// The first far write makes the folder after others have opened the chunk file without one.
  @Test
  void whoOpensAChunkWhileItsFolderIsMadeSeesIt() throws IOException {
    MemoryDisk memory = new MemoryDisk("memory");
    disk = memory;
    store = new TestTarget(disk, 1).store;
    write(KEY, "near", 0);
    AtomicInteger opens = new AtomicInteger();
    memory.setHook((call, path) -> {
      if (call.equals("createDirectories")
          && path.endsWith(".far")
          && opens.getAndIncrement() == 0) {
        // The descriptor in use is evicted, and the chunk file opened again.
        write(NEXT, "a", 0);
        assertThat(store.status(KEY).lengthBytes()).isEqualTo(4);
      }
    });
    write(KEY, "far", BORDER);
    assertThat(opens).hasValue(1);
    assertThat(read(BORDER, 5)).isEqualTo("far");
    assertThat(store.status(KEY).lengthBytes()).isEqualTo(BORDER + 3);
  }

  @Test
  void aChunkWithoutFarSegmentsIsAskedForThemOnceOnly() throws IOException {
    MemoryDisk memory = new MemoryDisk("memory");
    disk = memory;
    store = new TestTarget(disk).store;
    AtomicInteger looks = new AtomicInteger();
    memory.setHook((call, path) -> {
      if (path.contains(".far")) {
        looks.incrementAndGet();
      }
    });
    write(KEY, "near", 0);
    write(KEY, "near", 0);
    store.truncate(KEY, 2, true);
    read(0, 10);
    store.seek(KEY, 0, true);
    store.sync(KEY, 0, false);
    assertThat(looks).hasValue(1);
  }
}
