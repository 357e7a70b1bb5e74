package org.skep.storage.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.runtime.port.Disk;
import org.skep.runtime.twin.MemoryDisk;

class DescriptorCacheTest {
  private final MemoryDisk disk = new MemoryDisk("memory");
  private final DescriptorCache cache = new DescriptorCache(4);
  private final AtomicInteger opened = new AtomicInteger();

  private static ChunkKey key(int counter) {
    return new ChunkKey(Ids.inode(1, counter), 0);
  }

  private Disk.File open(ChunkKey key) throws IOException {
    opened.incrementAndGet();
    return disk.open(key.fileName(), true);
  }

  private void touch(int counter) throws IOException {
    cache.acquire(key(counter), this::open).close();
  }

  @Test
  void aFileIsOpenedOnceWhileItIsKept() throws IOException {
    touch(1);
    touch(1);
    assertThat(opened).hasValue(1);
    try (DescriptorCache.Entry a = cache.acquire(key(1), this::open);
        DescriptorCache.Entry b = cache.acquire(key(1), this::open)) {
      assertThat(a.file()).isSameAs(b.file());
    }
  }

  @Test
  void theLeastRecentlyUsedIsClosed() throws IOException {
    for (int counter : new int[] {1, 2, 3, 4, 1, 5}) {
      touch(counter);
    }
    assertThat(cache.size()).isEqualTo(4);
    opened.set(0);
    touch(1);
    assertThat(opened).hasValue(0);
    touch(2);
    assertThat(opened).hasValue(1);
  }

  @Test
  void aFileInUseIsClosedByItsLastUser() throws IOException {
    try (DescriptorCache.Entry used = cache.acquire(key(1), this::open)) {
      for (int counter = 2; counter < 10; counter++) {
        touch(counter);
      }
      used.file().write(ByteBuffer.allocate(10), 0);
      cache.forget(key(1));
      assertThat(used.file().length()).isEqualTo(10);
    }
  }

  @Test
  void nothingIsKeptWhereThereIsNoFile() throws IOException {
    assertThat(cache.acquire(key(1), missing -> null)).isNull();
    assertThat(cache.size()).isZero();
  }

  @Test
  void aFileThatWasRemovedWhileItWasOpenedIsOpenedAgain() throws IOException {
    touch(2);
    opened.set(0);
    List<Disk.File> files = new ArrayList<>();
    try (DescriptorCache.Entry entry =
        cache.acquire(
            key(1),
            key -> {
              Disk.File file = open(key);
              files.add(file);
              if (files.size() == 1) {
                disk.delete(key.fileName());
                cache.forget(key);
              }
              return file;
            })) {
      assertThat(files).hasSize(2);
      assertThat(entry.file()).isSameAs(files.get(1));
      entry.file().write(ByteBuffer.allocate(3), 0);
    }
    assertThat(disk.content(key(1).fileName())).hasSize(3);
  }

  /// Many threads use, write and remove few files through a small cache: nobody ever sees a closed
  /// file, and no removed file keeps its space.
  @Test
  void threadsShareFilesWhileTheyAreEvictedAndRemoved() throws Exception {
    AtomicReference<Throwable> wrong = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int number = 0; number < 4; number++) {
      SplittableRandom random = new SplittableRandom(number);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  for (int step = 0; step < 20_000; step++) {
                    use(random);
                  }
                } catch (IOException | RuntimeException e) {
                  wrong.set(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong.get()).isNull();
    for (int counter = 1; counter <= 12; counter++) {
      disk.delete(key(counter).fileName());
      cache.forget(key(counter));
    }
    cache.shrink(0);
    Disk.Space space = disk.space();
    assertThat(space.freeBytes()).isEqualTo(space.totalBytes());
  }

  private void use(SplittableRandom random) throws IOException {
    ChunkKey key = key(random.nextInt(1, 13));
    if (random.nextInt(10) == 0) {
      disk.delete(key.fileName());
      cache.forget(key);
      return;
    }
    try (DescriptorCache.Entry entry = cache.acquire(key, this::open)) {
      entry.file().write(ByteBuffer.allocate(8), 0);
      assertThat(entry.file().length()).isEqualTo(8);
    }
  }
}
