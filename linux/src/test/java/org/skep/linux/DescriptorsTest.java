package org.skep.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorsTest {
  @TempDir Path directory;
  private final Arena arena = Arena.ofConfined();
  private int file;

  @BeforeEach
  void open() throws Exception {
    file =
        Descriptors.open(
            directory.resolve("ä file").toString(),
            OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL,
            0600);
  }

  @AfterEach
  void close() throws Exception {
    Descriptors.close(file);
    arena.close();
  }

  @Test
  void whatIsWrittenAtAnOffsetIsReadThere() throws Exception {
    MemorySegment bytes = arena.allocate(10_000).fill((byte) 7);
    Descriptors.pwriteFully(file, bytes, 5_000);
    Descriptors.fdatasync(file);
    Descriptors.fsync(file);
    MemorySegment target = arena.allocate(20_000);
    assertThat(Descriptors.preadFully(file, target, 4_000)).isEqualTo(11_000);
    assertThat(target.get(JAVA_BYTE, 999)).isZero();
    assertThat(target.get(JAVA_BYTE, 1_000)).isEqualTo((byte) 7);
  }

  @Test
  void aGatheredWriteKeepsTheOrderOfItsPieces() throws Exception {
    IoVector vector =
        new IoVector(2).add(arena.allocate(3).fill((byte) 1)).add(arena.allocate(4).fill((byte) 2));
    vector.advance(2);
    Descriptors.writevFully(file, vector);
    MemorySegment target = arena.allocate(9);
    assertThat(Descriptors.preadFully(file, target, 0)).isEqualTo(5);
    assertThat(target.asSlice(0, 5).toArray(JAVA_BYTE)).containsExactly(1, 2, 2, 2, 2);
    assertThat(vector.remainingBytes()).isZero();
  }

  @Test
  void holesAreSeenAndMade() throws Exception {
    FileRanges.truncate(file, 1 << 20);
    assertThat(FileRanges.seek(file, 0, FileRanges.SEEK_DATA)).isEqualTo(-1);
    Descriptors.pwriteFully(file, arena.allocate(1 << 16).fill((byte) 1), 1 << 18);
    assertThat(FileRanges.seek(file, 0, FileRanges.SEEK_DATA)).isEqualTo(1 << 18);
    FileRanges.punchHole(file, 1 << 18, 1 << 16);
    assertThat(FileRanges.seek(file, 0, FileRanges.SEEK_DATA)).isEqualTo(-1);
    FileRanges.allocate(file, 0, 0, 2 << 20);
    FileStatus status = FileStatus.of(file);
    assertThat(status.sizeBytes()).isEqualTo(2 << 20);
    assertThat(status.allocatedBytes()).isGreaterThanOrEqualTo(2 << 20);
    assertThat(status.isRegularFile()).isTrue();
  }

  @Test
  void failuresNameCallPathAndError() {
    assertThatThrownBy(() -> Descriptors.open("/nowhere/x", OpenFlags.O_RDONLY, 0))
        .hasMessage("open /nowhere/x: No such file or directory (ENOENT)");
    assertThatThrownBy(() -> Descriptors.open("/tmp\0/x", OpenFlags.O_RDONLY, 0))
        .hasMessageContaining("EINVAL");
    assertThat(Descriptors.tryRead(-1, arena.allocate(1))).isEqualTo(-Errno.EBADF.number());
  }

  @Test
  void aLockOfAFileExcludesAnotherOpening() throws Exception {
    int second = Descriptors.open(directory.resolve("ä file").toString(), OpenFlags.O_RDWR, 0);
    assertThat(Descriptors.flock(file, Descriptors.LOCK_EX | Descriptors.LOCK_NB)).isTrue();
    assertThat(Descriptors.flock(second, Descriptors.LOCK_EX | Descriptors.LOCK_NB)).isFalse();
    Descriptors.flock(file, Descriptors.LOCK_UN);
    assertThat(Descriptors.flock(second, Descriptors.LOCK_EX | Descriptors.LOCK_NB)).isTrue();
    Descriptors.close(second);
  }

  @Test
  void namesAreMadeMovedAndRemoved() throws Exception {
    String a = directory.resolve("a").toString();
    String b = directory.resolve("b").toString();
    Paths.makeDirectory(a, 0755);
    Paths.makeDirectory(b, 0755);
    assertThatThrownBy(() -> Paths.rename(a, b, Paths.RENAME_NOREPLACE))
        .hasMessageContaining("EEXIST");
    Paths.rename(a, b, Paths.RENAME_EXCHANGE);
    Paths.rename(a, b, 0);
    assertThat(FileStatus.ofPath(b).isDirectory()).isTrue();
    Paths.syncDirectory(directory.toString());
    Paths.removeDirectory(b);
    assertThatThrownBy(() -> Paths.unlink(b)).hasMessageContaining("ENOENT");
  }

  @Test
  void spaceOfTheFileSystemIsPlausible() throws Exception {
    FileSystemSpace space = FileSystemSpace.of(directory.toString());
    assertThat(space.totalBytes()).isGreaterThan(space.freeBytes()).isPositive();
    assertThat(space.freeBytes()).isGreaterThanOrEqualTo(space.availableBytes());
    assertThat(FileSystemSpace.of(file).fragmentBytes()).isPositive();
  }

  @Test
  void theProcessKnowsItself() throws Exception {
    assertThat(Processes.pid()).isEqualTo((int) ProcessHandle.current().pid());
    assertThat(Processes.effectiveUserId()).isNotNegative();
    assertThat(Processes.exists(Processes.pid())).isTrue();
  }

  @Test
  void aChildInheritsTheDescriptorThatIsPassed() throws Exception {
    int[] pipe = Descriptors.pipe(0);
    List<String> command = List.of("sh", "-c", "printf $NUMBER >&3; echo problem >&2; exit 3");
    ChildProcess.Result result = ChildProcess.start(command, List.of("NUMBER=42"), pipe[1]).await();
    Descriptors.close(pipe[1]);
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.firstErrorLine()).isEqualTo("problem");
    assertThat(Descriptors.read(pipe[0], arena.allocate(10))).isEqualTo(2);
    Descriptors.close(pipe[0]);
    assertThatThrownBy(() -> ChildProcess.start(List.of("no-such-program"), List.of(), -1))
        .hasMessageContaining("ENOENT");
  }

  @Test
  void aMountWithoutAPointFails() {
    assertThatThrownBy(() -> Mounts.unmount("/nowhere", 0)).isInstanceOf(SystemCallException.class);
  }

  @Test
  void everyErrnoIsFoundByItsNumber() {
    for (Errno errno : Errno.values()) {
      assertThat(Errno.of(errno.number())).isEqualTo(errno);
    }
    assertThat(Errno.of(9999)).isEqualTo(Errno.EIO);
    assertThat(Errno.of(0)).isEqualTo(Errno.EIO);
  }
}
