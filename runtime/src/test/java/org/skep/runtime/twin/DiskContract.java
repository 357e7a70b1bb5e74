package org.skep.runtime.twin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// What every [Disk] does; adapter and twin both pass.
public abstract class DiskContract {
  private static final int KIB = 1024;

  /// An empty disk, the same one throughout a test.
  protected abstract Disk disk() throws IOException;

  /// Whether space can be freed and reserved.
  protected boolean rangesAreSupported() {
    return true;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static byte[] read(Disk.File file, long offset, int length) throws IOException {
    ByteBuffer into = ByteBuffer.allocateDirect(length);
    int count = file.read(into, offset);
    assertThat(into.position()).isEqualTo(count);
    byte[] got = new byte[count];
    into.get(0, got);
    return got;
  }

  private static void assertErrno(Errno errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiskException.class, e -> assertThat(e.errno()).isEqualTo(errno.number()));
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      ByteBuffer from = bytes("hello world");
      file.write(from, 3);
      assertThat(from.hasRemaining()).isFalse();
      ByteBuffer direct = ByteBuffer.allocateDirect(8).put(bytes("HELLO")).flip();
      file.write(direct, 3);
      assertThat(direct.hasRemaining()).isFalse();
      assertThat(file.length()).isEqualTo(14);
      assertThat(read(file, 0, 100)).isEqualTo("\0\0\0HELLO world".getBytes(UTF_8));
      assertThat(read(file, 9, 5)).isEqualTo("world".getBytes(UTF_8));
      ByteBuffer part = ByteBuffer.allocate(10).position(4).limit(6);
      assertThat(file.read(part, 3)).isEqualTo(2);
      assertThat(part.array()).isEqualTo("\0\0\0\0HE\0\0\0\0".getBytes(UTF_8));
    }
  }

  @Test
  void nothingIsReadAtTheEndAndBehind() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(bytes("abc"), 0);
      assertThat(read(file, 3, 10)).isEmpty();
      assertThat(read(file, 1L << 40, 10)).isEmpty();
      assertThat(file.read(ByteBuffer.allocate(0), 0)).isZero();
      file.write(ByteBuffer.allocate(0), 100);
      assertThat(file.length()).isEqualTo(3);
    }
  }

  @Test
  void aMissingFileIsMadeOnlyOnDemand() throws IOException {
    assertErrno(Errno.ENOENT, () -> disk().open("a", false));
    assertErrno(Errno.ENOENT, () -> disk().open("missing/a", true));
    disk().open("a", true).close();
    assertThat(disk().exists("a")).isTrue();
    disk().open("a", false).close();
    disk().open("a", true).close();
    assertErrno(Errno.ENOENT, () -> disk().open("b", false));
    assertThat(disk().exists("b")).isFalse();
    assertThat(disk().exists("a/b")).isFalse();
  }

  @Test
  void failuresNameCallAndPath() {
    assertThatThrownBy(() -> disk().open("some/file", true))
        .hasMessage("open some/file: No such file or directory");
  }

  @Test
  void directoriesAreMadeWithTheirParents() throws IOException {
    disk().createDirectories("x/y/z");
    disk().createDirectories("x/y/z");
    disk().createDirectories("");
    disk().open("x/y/b", true).close();
    disk().open("x/y/a", true).close();
    assertThat(disk().list("x/y")).containsExactly("a", "b", "z");
    assertThat(disk().list("")).containsExactly("x");
    assertThat(disk().list("missing")).isEmpty();
    assertErrno(Errno.ENOTDIR, () -> disk().list("x/y/a"));
    assertErrno(Errno.ENOTDIR, () -> disk().createDirectories("x/y/a"));
    assertErrno(Errno.EISDIR, () -> disk().open("x/y", false));
    disk().syncDirectory("x/y");
    disk().syncDirectory("");
    assertErrno(Errno.ENOENT, () -> disk().syncDirectory("missing"));
  }

  @Test
  void whatIsDeletedIsGone() throws IOException {
    disk().createDirectories("d");
    disk().open("d/a", true).close();
    assertErrno(Errno.ENOTEMPTY, () -> disk().delete("d"));
    assertThat(disk().delete("d/a")).isTrue();
    assertThat(disk().delete("d/a")).isFalse();
    assertThat(disk().delete("d")).isTrue();
    assertThat(disk().delete("missing/a")).isFalse();
    assertThat(disk().exists("d")).isFalse();
  }

  @Test
  void aDeletedFileLivesAsLongAsItIsOpen() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(bytes("abc"), 0);
      assertThat(disk().delete("a")).isTrue();
      file.write(bytes("d"), 3);
      assertThat(read(file, 0, 10)).isEqualTo("abcd".getBytes(UTF_8));
      try (Disk.File other = disk().open("a", true)) {
        assertThat(other.length()).isZero();
      }
    }
  }

  @Test
  void renameReplaces() throws IOException {
    try (Disk.File a = disk().open("a", true);
        Disk.File b = disk().open("b", true)) {
      a.write(bytes("from a"), 0);
      b.write(bytes("from b"), 0);
    }
    disk().createDirectories("d");
    disk().rename("a", "b");
    disk().rename("b", "d/c");
    assertThat(disk().list("")).containsExactly("d");
    try (Disk.File file = disk().open("d/c", false)) {
      assertThat(read(file, 0, 10)).isEqualTo("from a".getBytes(UTF_8));
    }
    assertErrno(Errno.ENOENT, () -> disk().rename("missing", "x"));
    assertErrno(Errno.ENOENT, () -> disk().rename("d/c", "missing/x"));
  }

  @Test
  void truncateCutsAndGrowsWithZeros() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(bytes("abcdef"), 0);
      file.truncate(3);
      file.truncate(6);
      assertThat(read(file, 0, 10)).isEqualTo("abc\0\0\0".getBytes(UTF_8));
      file.truncate(1L << 40);
      assertThat(file.length()).isEqualTo(1L << 40);
      assertThat(file.allocatedBytes()).isLessThan(KIB * KIB);
      file.truncate(0);
      assertThat(file.length()).isZero();
      assertErrno(Errno.EINVAL, () -> file.truncate(-1));
    }
  }

  @Test
  void aSparseFileHasDataAndHoles() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(ByteBuffer.wrap(filled(64 * KIB)), 128 * KIB);
      file.write(ByteBuffer.wrap(filled(64 * KIB)), 512 * KIB);
      file.truncate(1024 * KIB);
      assertThat(file.allocatedBytes()).isBetween(128L * KIB, 256L * KIB);
      assertThat(file.seek(0, false)).isEqualTo(128 * KIB);
      assertThat(file.seek(0, true)).isZero();
      assertThat(file.seek(128 * KIB, true)).isEqualTo(192 * KIB);
      assertThat(file.seek(130 * KIB, false)).isEqualTo(130 * KIB);
      assertThat(file.seek(192 * KIB, false)).isEqualTo(512 * KIB);
      assertThat(file.seek(576 * KIB, false)).isEqualTo(-1);
      assertThat(file.seek(700 * KIB, true)).isEqualTo(700 * KIB);
      assertThat(file.seek(1024 * KIB, true)).isEqualTo(-1);
      assertThat(file.seek(1024 * KIB, false)).isEqualTo(-1);
      assertThat(read(file, 192 * KIB, 64 * KIB)).containsOnly(0);
    }
  }

  @Test
  void theEndIsAHole() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(bytes("abc"), 0);
      assertThat(file.seek(1, true)).isEqualTo(3);
      assertThat(file.seek(0, false)).isZero();
    }
  }

  @Test
  void punchFreesAndKeepsTheLength() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(ByteBuffer.wrap(filled(512 * KIB)), 0);
      long before = file.allocatedBytes();
      file.punch(100, 400 * KIB);
      assertThat(file.length()).isEqualTo(512 * KIB);
      if (rangesAreSupported()) {
        assertThat(file.allocatedBytes()).isLessThan(before - 300 * KIB);
      }
      byte[] expected = filled(512 * KIB);
      Arrays.fill(expected, 100, 400 * KIB + 100, (byte) 0);
      assertThat(read(file, 0, 512 * KIB)).isEqualTo(expected);
      file.punch(400 * KIB, 1L << 40);
      assertThat(file.length()).isEqualTo(512 * KIB);
      file.punch(0, 0);
    }
  }

  @Test
  void allocateReservesAndKeepsContent() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(bytes("abc"), 0);
      file.allocate(0, 256 * KIB, true);
      assertThat(file.length()).isEqualTo(3);
      file.allocate(256 * KIB, 256 * KIB, false);
      assertThat(file.length()).isEqualTo(512 * KIB);
      if (rangesAreSupported()) {
        assertThat(file.allocatedBytes()).isGreaterThanOrEqualTo(512 * KIB);
      }
      file.allocate(0, 1, false);
      assertThat(file.length()).isEqualTo(512 * KIB);
      byte[] expected = new byte[512 * KIB];
      System.arraycopy("abc".getBytes(UTF_8), 0, expected, 0, 3);
      assertThat(read(file, 0, 1024 * KIB)).isEqualTo(expected);
      file.allocate(0, 0, false);
    }
  }

  @Test
  void zeroKeepsLengthAndReservation() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      file.write(ByteBuffer.wrap(filled(256 * KIB)), 0);
      file.zero(10, 128 * KIB);
      byte[] expected = filled(256 * KIB);
      Arrays.fill(expected, 10, 128 * KIB + 10, (byte) 0);
      assertThat(read(file, 0, 512 * KIB)).isEqualTo(expected);
      file.zero(200 * KIB, 100 * KIB);
      assertThat(file.length()).isEqualTo(256 * KIB);
      assertThat(file.allocatedBytes()).isGreaterThanOrEqualTo(256 * KIB);
      Arrays.fill(expected, 200 * KIB, 256 * KIB, (byte) 0);
      assertThat(read(file, 0, 512 * KIB)).isEqualTo(expected);
    }
  }

  @Test
  void impossibleRangesAreRefused() throws IOException {
    try (Disk.File file = disk().open("a", true)) {
      assertErrno(Errno.EINVAL, () -> file.write(bytes("a"), -1));
      assertErrno(Errno.EINVAL, () -> file.read(ByteBuffer.allocate(1), -1));
      assertErrno(Errno.EINVAL, () -> file.punch(-1, 1));
      assertErrno(Errno.EFBIG, () -> file.allocate(Long.MAX_VALUE, 10, false));
      assertErrno(Errno.EFBIG, () -> file.punch(Long.MAX_VALUE - 1, 10));
    }
  }

  @Test
  void aClosedFileCannotBeUsed() throws IOException {
    Disk.File file = disk().open("a", true);
    file.close();
    file.close();
    assertErrno(Errno.EBADF, () -> file.write(bytes("a"), 0));
    assertErrno(Errno.EBADF, file::length);
  }

  @Test
  void durabilityStaysWhileNothingIsLost() throws IOException {
    long before = disk().durability();
    try (Disk.File file = disk().open("a", true)) {
      file.write(bytes("abc"), 0);
      file.sync(true);
      file.sync(false);
    }
    assertThat(disk().durability()).isEqualTo(before).isNotZero();
  }

  @Test
  void everythingCanBeSynced() throws IOException {
    long before = disk().durability();
    disk().createDirectories("a/b");
    try (Disk.File file = disk().open("a/b/c", true)) {
      file.write(bytes("abc"), 0);
      disk().sync();
      assertThat(read(file, 0, 10)).isEqualTo("abc".getBytes(UTF_8));
    }
    assertThat(disk().durability()).isEqualTo(before);
  }

  @Test
  void theTimeOfAChangeStaysWhileThereIsNone() throws IOException {
    try (Disk.File first = disk().open("a", true);
        Disk.File second = disk().open("b", true)) {
      first.write(bytes("abc"), 0);
      long seconds = first.modifiedSeconds();
      second.write(bytes("abc"), 0);
      second.truncate(1);
      assertThat(second.modifiedSeconds()).isGreaterThanOrEqualTo(seconds);
      assertThat(read(first, 0, 10)).isEqualTo("abc".getBytes(UTF_8));
      assertThat(first.modifiedSeconds()).isEqualTo(seconds);
    }
  }

  @Test
  void spaceIsPlausible() throws IOException {
    Disk.Space space = disk().space();
    assertThat(space.totalBytes()).isPositive();
    assertThat(space.freeBytes()).isBetween(0L, space.totalBytes());
    assertThat(space.freeInodes()).isBetween(0L, space.totalInodes());
  }

  @Test
  void randomCallsLeaveWhatAnArrayHolds() throws IOException {
    for (long seed = 1; seed <= 3; seed++) {
      randomCalls(seed, disk().open("random-" + seed, true));
    }
  }

  private static void randomCalls(long seed, Disk.File opened) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] model = new byte[64 * KIB];
    int length = 0;
    try (Disk.File file = opened) {
      for (int step = 0; step < 300; step++) {
        int offset = random.nextInt(48 * KIB);
        int count = random.nextInt(1, 16 * KIB);
        int end = offset + count;
        switch (random.nextInt(6)) {
          case 0, 1 -> {
            byte[] data = new byte[count];
            random.nextBytes(data);
            file.write(ByteBuffer.wrap(data), offset);
            System.arraycopy(data, 0, model, offset, count);
            length = Math.max(length, end);
          }
          case 2 -> {
            file.truncate(offset);
            Arrays.fill(model, offset, model.length, (byte) 0);
            length = offset;
          }
          case 3 -> {
            file.punch(offset, count);
            Arrays.fill(model, offset, end, (byte) 0);
          }
          case 4 -> {
            file.zero(offset, count);
            Arrays.fill(model, offset, end, (byte) 0);
          }
          default -> {
            file.allocate(offset, count, false);
            length = Math.max(length, end);
          }
        }
        assertThat(read(file, 0, model.length))
            .as("seed %d, step %d", seed, step)
            .isEqualTo(Arrays.copyOf(model, length));
        checkSeek(file, random.nextInt(64 * KIB), model, length);
      }
    }
  }

  /// What is called a hole must be zeros.
  private static void checkSeek(Disk.File file, int offset, byte[] model, int length)
      throws IOException {
    long data = file.seek(offset, false);
    for (int at = offset; at < (data < 0 ? length : data); at++) {
      assertThat(model[at]).isZero();
    }
  }

  private static byte[] filled(int count) {
    byte[] data = new byte[count];
    Arrays.fill(data, (byte) 7);
    return data;
  }
}
