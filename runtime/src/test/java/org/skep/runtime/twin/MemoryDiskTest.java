package org.skep.runtime.twin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

class MemoryDiskTest extends DiskContract {
  private final MemoryDisk disk = new MemoryDisk("memory");

  @Override
  protected Disk disk() {
    return disk;
  }

  private void write(String path, String text, boolean sync) throws IOException {
    try (Disk.File file = disk.open(path, true)) {
      file.write(ByteBuffer.wrap(text.getBytes(UTF_8)), 0);
      if (sync) {
        file.sync(false);
      }
    }
  }

  private String text(String path) throws IOException {
    return new String(disk.content(path), UTF_8);
  }

  @Test
  void aCrashLosesWhatWasNotSynced() throws IOException {
    write("kept", "old", true);
    write("content", "lost", false);
    write("name", "lost", true);
    disk.delete("name");
    disk.syncDirectory("");
    write("kept", "new content", false);
    write("name", "lost", true);
    disk.crash();
    assertThat(disk.list("")).containsExactly("content", "kept");
    assertThat(text("kept")).isEqualTo("old");
    assertThat(text("content")).isEmpty();
  }

  @Test
  void aSyncOfAllKeepsAll() throws IOException {
    disk.createDirectories("x/y");
    write("x/y/a", "a", false);
    disk.sync();
    write("x/y/b", "b", false);
    disk.crash();
    assertThat(disk.list("x/y")).containsExactly("a");
    assertThat(text("x/y/a")).isEqualTo("a");
  }

  @Test
  void aFailedSyncOfAllChangesDurability() throws IOException {
    long before = disk.durability();
    disk.setHook((call, path) -> {
      if (call.equals("syncFileSystem")) {
        throw new DiskException(Errno.EIO.number(), "syncfs");
      }
    });
    assertThatThrownBy(disk::sync).hasMessage("syncfs");
    assertThat(disk.durability()).isNotEqualTo(before);
  }

  @Test
  void changesShowTheTimeThatWasSet() throws IOException {
    disk.setSeconds(() -> 7);
    write("a", "a", false);
    disk.setSeconds(() -> 9);
    write("b", "b", false);
    try (Disk.File a = disk.open("a", false);
        Disk.File b = disk.open("b", false)) {
      assertThat(a.modifiedSeconds()).isEqualTo(7);
      assertThat(b.modifiedSeconds()).isEqualTo(9);
      a.truncate(5);
      assertThat(a.modifiedSeconds()).isEqualTo(9);
    }
  }

  @Test
  void aCrashUndoesDeletionsAndRenamesThatWereNotSynced() throws IOException {
    write("a", "a", true);
    write("b", "b", true);
    disk.syncDirectory("");
    disk.delete("a");
    disk.rename("b", "c");
    disk.crash();
    assertThat(disk.list("")).containsExactly("a", "b");
    disk.rename("a", "b");
    disk.syncDirectory("");
    disk.crash();
    assertThat(disk.list("")).containsExactly("b");
    assertThat(text("b")).isEqualTo("a");
  }

  @Test
  void aDirectoryIsDurableByASyncOfItsParent() throws IOException {
    disk.createDirectories("x/y");
    write("x/y/a", "a", true);
    disk.syncDirectory("x/y");
    disk.crash();
    assertThat(disk.list("")).isEmpty();
    disk.createDirectories("x/y");
    write("x/y/a", "a", true);
    disk.syncDirectory("x/y");
    disk.syncDirectory("x");
    disk.syncDirectory("");
    disk.crash();
    assertThat(text("x/y/a")).isEqualTo("a");
  }

  @Test
  void aCrashEndsOpenFilesAndChangesDurability() throws IOException {
    long before = disk.durability();
    Disk.File file = disk.open("a", true);
    disk.crash();
    assertThat(disk.durability()).isNotEqualTo(before);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0))
        .hasMessage("pwrite a: Input/output error");
    file.close();
  }

  @Test
  void aPartialCrashKeepsSyncedDataAndMayTearTheRest() throws IOException {
    Set<Integer> seen = new HashSet<>();
    for (long seed = 0; seed < 50; seed++) {
      disk.wipe();
      byte[] old = new byte[8192];
      Arrays.fill(old, (byte) 1);
      byte[] unsynced = new byte[4096];
      Arrays.fill(unsynced, (byte) 2);
      Disk.File file = disk.open("a", true);
      file.write(ByteBuffer.wrap(old), 0);
      file.sync(false);
      disk.syncDirectory("");
      file.write(ByteBuffer.wrap(unsynced), 4096);
      disk.crash(new SplittableRandom(seed));
      byte[] left = disk.content("a");
      assertThat(Arrays.copyOf(left, 4096)).containsOnly(1);
      int changed = 0;
      for (int at = 4096; at < 8192; at++) {
        assertThat(left[at]).isIn((byte) 1, (byte) 2);
        changed += left[at] - 1;
      }
      assertThat(changed % 512).isZero();
      seen.add(changed);
    }
    assertThat(seen).contains(0, 4096).hasSizeGreaterThan(3);
  }

  @Test
  void theSameSeedLosesTheSame() throws IOException {
    List<List<String>> runs = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      disk.wipe();
      for (int i = 0; i < 20; i++) {
        write("file-" + i, "x", false);
      }
      disk.crash(new SplittableRandom(7));
      runs.add(disk.list(""));
    }
    assertThat(runs.get(0)).isEqualTo(runs.get(1));
  }

  @Test
  void aFullDiskRefusesAndWorksAgain() throws IOException {
    disk.setCapacityBytes(8192);
    try (Disk.File file = disk.open("a", true)) {
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(12_000), 0))
          .isInstanceOfSatisfying(
              DiskException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC.number()))
          .hasMessage("pwrite a: No space left on device");
      assertThat(file.length()).isEqualTo(8192);
      file.write(ByteBuffer.allocate(100), 10);
      assertThatThrownBy(() -> file.allocate(0, 12_000, true)).isInstanceOf(DiskException.class);
      disk.delete("a");
      assertThat(disk.space().freeBytes()).isZero();
    }
    assertThat(disk.space().freeBytes()).isEqualTo(8192);
    write("b", "fits", false);
  }

  @Test
  void aHookCanFailCalls() throws IOException {
    disk.setHook((call, path) -> {
      if (call.equals("write") && path.equals("a")) {
        throw new DiskException(Errno.EIO.number(), "pwrite a: Input/output error");
      }
    });
    write("b", "b", false);
    assertThatThrownBy(() -> write("a", "a", false)).isInstanceOf(DiskException.class);
  }

  @Test
  void aFailedSyncChangesDurability() throws IOException {
    long before = disk.durability();
    disk.setHook((call, path) -> {
      if (call.equals("sync")) {
        throw new DiskException(Errno.EIO.number(), "fsync a: Input/output error");
      }
    });
    assertThatThrownBy(() -> write("a", "a", true)).isInstanceOf(DiskException.class);
    assertThat(disk.durability()).isNotEqualTo(before);
  }

  @Test
  void aFlippedBitIsSeen() throws IOException {
    write("a", "abc", true);
    disk.flip("a", 1);
    assertThat(text("a")).isEqualTo("acc");
  }
}
