package org.skep.runtime.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.twin.DiskContract;

class LocalDiskTest extends DiskContract {
  @TempDir private Path directory;
  private LocalDisk disk;

  @BeforeEach
  void open() throws IOException {
    disk = new LocalDisk(directory);
  }

  @Override
  protected Disk disk() {
    return disk;
  }

  @Test
  void theRootIsMadeWithItsParents() throws IOException {
    LocalDisk fresh = new LocalDisk(directory.resolve("p/q/root"));
    fresh.createDirectories("");
    fresh.open("a", true).close();
    assertThat(directory.resolve("p/q/root/a")).exists();
    LocalDisk other = new LocalDisk(directory.resolve("p/other"));
    other.createDirectories("x/y");
    assertThat(directory.resolve("p/other/x/y")).isDirectory();
  }

  @Test
  void whatIsMadeCanBeUsedByItsOwnerOnly() throws IOException {
    LocalDisk fresh = new LocalDisk(directory.resolve("root"));
    fresh.createDirectories("x");
    fresh.open("x/a", true).close();
    assertThat(mode("root")).isEqualTo("rwx------");
    assertThat(mode("root/x")).isEqualTo("rwx------");
    assertThat(mode("root/x/a")).isEqualTo("rw-------");
    assertThat(fresh.restrict()).isFalse();
  }

  @Test
  void aWiderDirectoryIsNarrowedOnce() throws IOException {
    Files.createDirectory(directory.resolve("wide"));
    Files.setPosixFilePermissions(
        directory.resolve("wide"), PosixFilePermissions.fromString("rwxr-xr-x"));
    LocalDisk wide = new LocalDisk(directory.resolve("wide"));
    assertThat(wide.restrict()).isTrue();
    assertThat(mode("wide")).isEqualTo("rwx------");
    assertThat(wide.restrict()).isFalse();
  }

  private String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name)));
  }

  @Test
  void aDirectoryIsLockedOnce() throws IOException {
    Closeable lock = disk.lock();
    assertThatThrownBy(() -> new LocalDisk(directory).lock())
        .isInstanceOf(DiskException.class)
        .hasMessageEndingWith("is in use by another process");
    lock.close();
    new LocalDisk(directory).lock().close();
    assertThat(disk.list("")).isEmpty();
  }

  @Test
  void twoDisksOfAHostHaveTheSameDurability() throws IOException {
    assertThat(new LocalDisk(directory.resolve("x")).durability()).isEqualTo(disk.durability());
  }

  @Test
  void aFailedSyncChangesDurability() throws IOException {
    long before = disk.durability();
    disk.syncFailed();
    assertThat(disk.durability()).isNotEqualTo(before);
  }

  @Test
  void aFailedSyncIsKnownToTheNextProcess() throws IOException {
    long before = disk.durability();
    disk.syncFailed();
    disk.syncFailed();
    assertThat(new LocalDisk(directory).durability())
        .isEqualTo(disk.durability())
        .isNotEqualTo(before);
  }

  @Test
  void failedSyncsOfAnotherLifeOfTheHostDoNotCount() throws IOException {
    Files.writeString(directory.resolve("failed-syncs"), "12345 7\n");
    assertThat(new LocalDisk(directory).durability()).isEqualTo(disk.durability());
  }

  @Test
  void aFullFileSystemSaysSo() throws IOException {
    Files.createSymbolicLink(directory.resolve("d"), Path.of("/dev"));
    try (Disk.File full = disk.open("d/full", false)) {
      assertThatThrownBy(() -> full.write(ByteBuffer.allocate(10), 0))
          .hasMessage("pwrite d/full: No space left on device");
    }
  }

  @Test
  void closingWhileOthersReadIsSafe() throws Exception {
    AtomicReference<Throwable> wrong = new AtomicReference<>();
    for (int round = 0; round < 50; round++) {
      Disk.File file = disk.open("a", true);
      file.write(ByteBuffer.allocate(100), 0);
      List<Thread> threads = new ArrayList<>();
      for (int reader = 0; reader < 3; reader++) {
        threads.add(Thread.ofPlatform().start(() -> readUntilClosed(file, wrong)));
      }
      // Takes the number of the closed descriptor; a reader that used it would see 50 bytes.
      file.close();
      Disk.File next = disk.open("b", true);
      next.write(ByteBuffer.allocate(50), 0);
      for (Thread thread : threads) {
        thread.join();
      }
      next.close();
    }
    assertThat(wrong.get()).isNull();
  }

  private static void readUntilClosed(Disk.File file, AtomicReference<Throwable> wrong) {
    try {
      while (true) {
        int bytes = file.read(ByteBuffer.allocateDirect(100), 0);
        if (bytes != 100) {
          wrong.set(new AssertionError("read " + bytes));
        }
      }
    } catch (DiskException closed) {
      if (!closed.getMessage().startsWith("use of closed file")) {
        wrong.set(closed);
      }
    } catch (IOException | RuntimeException e) {
      wrong.set(e);
    }
  }
}
