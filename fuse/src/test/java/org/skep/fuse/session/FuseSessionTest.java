package org.skep.fuse.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skep.fuse.FuseFlags;
import org.skep.fuse.FuseOptions;
import org.skep.fuse.MemoryFileSystem;
import org.skep.linux.Descriptors;
import org.skep.linux.Errno;
import org.skep.linux.FileRanges;
import org.skep.linux.FileStatus;
import org.skep.linux.FileSystemSpace;
import org.skep.linux.Mounts;
import org.skep.linux.OpenFlags;
import org.skep.linux.Paths;
import org.skep.linux.Processes;
import org.skep.linux.SystemCallException;

/// The protocol against the real kernel: a small file system in memory, mounted.
@Timeout(120)
class FuseSessionTest {
  @TempDir Path directory;
  private final MemoryFileSystem files = new MemoryFileSystem();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private Path mount;
  private FuseSession session;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/dev/fuse")), "no /dev/fuse here: the real mount is not tried");
    assumeTrue(Processes.effectiveUserId() == 0, "not root: the real mount is not tried");
    mount = Files.createDirectory(directory.resolve("mount point"));
    session = start(MountOptions.defaults("memory", "skeptest"));
  }

  private FuseSession start(MountOptions options) throws MountException {
    return FuseSession.mount(
        mount, options, FuseOptions.defaults(), 2, files, FuseSessionTest::thread, failures::add);
  }

  private static Thread thread(String name, Runnable body) {
    return Thread.ofPlatform().daemon().name(name).start(body);
  }

  @AfterEach
  void unmount() throws Exception {
    if (session != null) {
      files.slow.release(1000);
      session.close();
      assertThat(MountTable.find(mount)).isEmpty();
      assertThat(files.destroyCount).isOne();
      assertThat(session.threadCount()).isZero();
      assertThat(failures).isEmpty();
    }
  }

  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void filesAndDirectoriesBehaveAsUsual() throws Exception {
    Path file = mount.resolve("hello");
    Files.writeString(file, "hello");
    assertThat(Files.readString(file)).isEqualTo("hello");
    assertThatThrownBy(() -> Files.createFile(file)).isInstanceOf(FileAlreadyExistsException.class);
    Files.createDirectories(mount.resolve("a/b"));
    Files.move(file, mount.resolve("a/b/moved"));
    Files.createLink(mount.resolve("second"), mount.resolve("a/b/moved"));
    assertThat(FileStatus.ofPath(mount.resolve("second").toString()).linkCount()).isEqualTo(2);
    Files.createSymbolicLink(mount.resolve("symlink"), Path.of("a/b"));
    assertThat(Files.readString(mount.resolve("symlink/moved"))).isEqualTo("hello");
    try (Stream<Path> all = Files.list(mount)) {
      assertThat(all.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("a", "second", "symlink");
    }
    Files.setPosixFilePermissions(
        mount.resolve("second"), PosixFilePermissions.fromString("rw-------"));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(mount.resolve("second"))))
        .isEqualTo("rw-------");
    Paths.rename(
        mount.resolve("a").toString(), mount.resolve("symlink").toString(), Paths.RENAME_EXCHANGE);
    assertThat(Files.isSymbolicLink(mount.resolve("a"))).isTrue();
    assertThat(FileSystemSpace.of(mount.toString()).freeBytes()).isEqualTo(900 * 4096);
    UserDefinedFileAttributeView xattrs =
        Files.getFileAttributeView(mount.resolve("second"), UserDefinedFileAttributeView.class);
    xattrs.write("key", StandardCharsets.UTF_8.encode("value"));
    assertThat(xattrs.list()).containsExactly("key");
    assertThat(xattrs.size("key")).isEqualTo(5);
    Paths.syncDirectory(mount.toString());
  }

  @Test
  void manyNamesAreListedOnce() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      names.add("a rather long name to need several requests " + i);
      Files.createFile(mount.resolve(names.getLast()));
    }
    try (Stream<Path> all = Files.list(mount)) {
      assertThat(all.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrderElementsOf(names);
    }
  }

  @Test
  void largeDataComesBackWholeWithAndWithoutThePageCache() throws Exception {
    byte[] data = new byte[9 << 20];
    new Random(1).nextBytes(data);
    Path file = mount.resolve("large");
    Files.write(file, data);
    assertThat(Files.readAllBytes(file)).isEqualTo(data);
    files.openFlags = 0;
    assertThat(Files.readAllBytes(file)).isEqualTo(data);
    Files.write(mount.resolve("cached"), data);
    assertThat(Files.readAllBytes(mount.resolve("cached"))).isEqualTo(data);
  }

  @Test
  void rangesAreAllocatedSearchedTruncatedAndAppended() throws Exception {
    int file =
        Descriptors.open(
            mount.resolve("f").toString(),
            OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_APPEND,
            0600);
    FileRanges.allocate(file, 0, 0, 10_000);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(100).fill((byte) 1);
      Descriptors.writeFully(file, data);
      assertThat(Descriptors.preadFully(file, arena.allocate(200), 9_990)).isEqualTo(110);
    }
    assertThat(FileStatus.of(file).sizeBytes()).isEqualTo(10_100);
    assertThat(FileRanges.seek(file, 5, FileRanges.SEEK_HOLE)).isEqualTo(10_100);
    assertThat(FileRanges.seek(file, 20_000, FileRanges.SEEK_DATA)).isEqualTo(-1);
    FileRanges.truncate(file, 7);
    assertThat(FileStatus.of(file).sizeBytes()).isEqualTo(7);
    Descriptors.fsync(file);
    Descriptors.close(file);
    int unnamed = Descriptors.open(mount.toString(), OpenFlags.O_RDWR | OpenFlags.O_TMPFILE, 0600);
    assertThat(FileStatus.of(unnamed).linkCount()).isZero();
    Descriptors.close(unnamed);
  }

  @Test
  void blockedOperationsDoNotStopOthers() throws Exception {
    Files.writeString(mount.resolve("other"), "served meanwhile");
    List<Thread> blocked = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      String name = "slow" + i;
      blocked.add(thread(name, () -> Files.exists(mount.resolve(name))));
    }
    until(() -> files.slow.getQueueLength() == 6);
    // Reading, since a creation waits in the kernel for the directory's lock, which the lookups
    // share.
    assertThat(Files.readString(mount.resolve("other"))).isEqualTo("served meanwhile");
    assertThat(session.threadCount()).isGreaterThan(6);
    files.slow.release(6);
    for (Thread thread : blocked) {
      thread.join();
    }
    for (int i = 0; i < 200 && session.threadCount() > 2; i++) {
      Files.exists(mount.resolve("x" + i));
    }
    assertThat(session.threadCount()).as("most spare threads have left").isLessThan(8);
  }

  @Test
  void aSignalInterruptsAWaitingOperation() throws Exception {
    Process process = new ProcessBuilder("stat", mount.resolve("slow").toString()).start();
    until(files.slow::hasQueuedThreads);
    process.destroy();
    assertThat(process.waitFor()).isNotZero();
    until(() -> files.slowWasInterrupted);
  }

  @Test
  void aBlockedLockEndsBySignalOrWhenItIsFree() throws Exception {
    Path file = Files.createFile(mount.resolve("locked"));
    int descriptor = Descriptors.open(file.toString(), OpenFlags.O_RDWR, 0);
    Descriptors.flock(descriptor, Descriptors.LOCK_EX);
    Process killed = new ProcessBuilder("flock", file.toString(), "true").start();
    until(() -> session.deferredCount() == 1);
    killed.destroy();
    killed.waitFor();
    until(() -> session.deferredCount() == 0);
    Process waiting = new ProcessBuilder("flock", file.toString(), "true").start();
    until(() -> session.deferredCount() == 1);
    Descriptors.flock(descriptor, Descriptors.LOCK_UN);
    assertThat(waiting.waitFor()).isZero();
    Descriptors.close(descriptor);
  }

  @Test
  void notificationsReachTheKernel() throws Exception {
    Files.createFile(mount.resolve("known"));
    byte[] known = "known".getBytes(StandardCharsets.UTF_8);
    assertThat(session.notifier().invalidateEntry(FuseFlags.ROOT_NODE, known)).isZero();
    assertThat(session.notifier().invalidateNode(FuseFlags.ROOT_NODE, 0, 0)).isZero();
    assertThat(session.notifier().invalidateNode(12345, 0, 0)).isEqualTo(Errno.ENOENT.number());
    Files.exists(mount.resolve("known"));
    assertThat(session.notifier().expireEntry(FuseFlags.ROOT_NODE, known)).isZero();
  }

  @Test
  void aBusyMountIsNotTakenAwayUnlessForced() throws Exception {
    Files.writeString(mount.resolve("open"), "x");
    int descriptor = Descriptors.open(mount.resolve("open").toString(), OpenFlags.O_RDONLY, 0);
    assertThat(session.unmount()).isFalse();
    session.abort();
    session.await();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(10);
      assertThatThrownBy(() -> Descriptors.read(descriptor, target))
          .isInstanceOf(SystemCallException.class);
    }
    assertThatThrownBy(() -> Descriptors.close(descriptor)).hasMessageContaining("ENOTCONN");
    assertThat(session.notifier().invalidateNode(1, 0, 0)).isEqualTo(Errno.ENODEV.number());
  }

  @Test
  void theSessionEndsWhenSomebodyElseUnmounts() throws Exception {
    Mounts.unmount(mount.toString(), 0);
    session.await();
    assertThat(files.destroyCount).isOne();
  }

  @Test
  void whatStandsInTheWayOfAMountIsSaidInOneLine() throws Exception {
    MountOptions options = MountOptions.defaults("memory", "skeptest");
    assertRefused(mount, options, "is busy: memory (fuse.skeptest) is already mounted there");
    assertRefused(directory.resolve("missing"), options, "does not exist: create it with mkdir");
    Path plain = Files.createFile(directory.resolve("plain"));
    assertRefused(plain, options, "is not a directory");
    assertRefused(plain.resolve("below"), options, "is not a directory");
    if (!onPath("fusermount3")) {
      Path other = Files.createDirectory(directory.resolve("other"));
      assertRefused(
          other, options.withMethod(MountOptions.Method.HELPER), "fusermount3 is not installed");
    }
  }

  @Test
  void aDeadMountIsRecognized() throws Exception {
    Path dead = Files.createDirectory(directory.resolve("dead"));
    int device = Descriptors.open("/dev/fuse", OpenFlags.O_RDWR, 0);
    String data = "fd=" + device + ",rootmode=40000,user_id=0,group_id=0";
    Mounts.mount("dead", dead.toString(), "fuse.skeptest", 0, data);
    Descriptors.close(device);
    assertRefused(dead, MountOptions.defaults("memory", "skeptest"), "holds a dead mount");
    Mounts.unmount(dead.toString(), Mounts.MNT_DETACH);
  }

  private void assertRefused(Path where, MountOptions options, String message) {
    assertThatThrownBy(() ->
            FuseSession.mount(
                where,
                options,
                FuseOptions.defaults(),
                2,
                new MemoryFileSystem(),
                FuseSessionTest::thread,
                failures::add))
        .isInstanceOf(MountException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(part -> Files.isExecutable(Path.of(part, program)));
  }

  @Test
  void mountOptionsTakeEffect() throws Exception {
    remount(
        MountOptions.defaults("memory", "skeptest")
            .withReadOnly(true)
            .withAllowed(false, false, false, false)
            .withAccess(true, true));
    assertThatThrownBy(() -> Files.createFile(mount.resolve("x")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Read-only");
    String line =
        Files.readAllLines(Path.of("/proc/mounts")).stream()
            .filter(l -> l.contains("fuse.skeptest"))
            .findFirst()
            .orElseThrow();
    assertThat(line)
        .contains(
            "memory ",
            "ro,",
            "nodev",
            "nosuid",
            "noexec",
            "noatime",
            "allow_other",
            "default_permissions");
  }

  @Test
  void theHelperMountsAndUnmounts() throws Exception {
    assumeTrue(onPath("fusermount3"), "no fusermount3 here: mounting by it is not tried");
    remount(MountOptions.defaults("memory", "skeptest").withMethod(MountOptions.Method.HELPER));
    Files.writeString(mount.resolve("x"), "by the helper");
    assertThat(Files.readString(mount.resolve("x"))).isEqualTo("by the helper");
    assertThat(MountTable.find(mount).orElseThrow().type()).isEqualTo("fuse.skeptest");
  }

  private void remount(MountOptions options) throws Exception {
    assertThat(session.unmount()).isTrue();
    session.await();
    files.destroyCount = 0;
    session = start(options);
  }

  @Test
  void aLineOfTheMountTableIsUnderstood() {
    MountTable.Entry entry =
        MountTable.parse("36 35 0:52 / /mnt/a\\040b rw shared:1 - fuse.skep source\\134 rw");
    assertThat(entry).isEqualTo(new MountTable.Entry("/mnt/a b", "fuse.skep", "source\\", 52));
    assertThat(MountTable.parse("nonsense")).isNull();
  }

  @Test
  void concurrentWritersAndReadersSeeTheirOwnData() throws Exception {
    try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int seed = t;
        all.add(executor.submit(() -> writeAndRead(seed)));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  private Void writeAndRead(int seed) throws IOException {
    byte[] data = new byte[100_000 + seed];
    for (int i = 0; i < 50; i++) {
      new Random(seed * 100 + i).nextBytes(data);
      Path file = mount.resolve("t" + seed + "-" + i % 5);
      Files.write(file, data);
      assertThat(Files.readAllBytes(file)).isEqualTo(data);
    }
    return null;
  }
}
