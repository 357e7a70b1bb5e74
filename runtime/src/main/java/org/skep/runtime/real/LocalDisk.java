package org.skep.runtime.real;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.skep.linux.Descriptors;
import org.skep.linux.Errno;
import org.skep.linux.FileStatus;
import org.skep.linux.FileSystemSpace;
import org.skep.linux.OpenFlags;
import org.skep.linux.Paths;
import org.skep.linux.SystemCallException;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory of this host as a [Disk], by system calls. The empty path is the root itself. Any
/// thread may call it.
///
/// A failed sync may have cost other writers their data, too (the kernel drops dirty pages it can't
/// write and reports that only once), so it changes [#durability] as a crash of the host does. How
/// many failed since the host started is kept in a file, `failed-syncs`, so that all processes of
/// this life of the page cache agree.
public final class LocalDisk implements Disk {
  private static final Logger LOG = LoggerFactory.getLogger(LocalDisk.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final String FAILED_SYNCS = "failed-syncs";
  private static final int FILE_MODE = 0600;
  private static final int DIRECTORY_MODE = 0700;
  private static final int OTHERS = 0077;

  private final String root;
  private final boolean fallocate;
  private final long bootHash;
  private final AtomicLong failedSyncs;

  /// @param root may be missing until [#createDirectories] of the empty path
  /// @throws IOException if this host's boot id can't be read
  public LocalDisk(Path root) throws IOException {
    this(root, true);
  }

  /// @param fallocate false: act as on a file system without fallocate(2)
  LocalDisk(Path root, boolean fallocate) throws IOException {
    this.fallocate = fallocate;
    this.root = root.toAbsolutePath().normalize().toString();
    UUID bootId = UUID.fromString(Files.readString(BOOT_ID, StandardCharsets.US_ASCII).strip());
    this.bootHash = mix(bootId.getMostSignificantBits() ^ mix(bootId.getLeastSignificantBits()));
    this.failedSyncs = new AtomicLong(failedSyncsBefore());
  }

  @Override
  public String name() {
    return root;
  }

  /// Claims the directory for this process, until the result is closed or the process ends. Makes
  /// no file: the lock is on the directory itself.
  ///
  /// @throws DiskException EBUSY if another holds it, ENOENT if the directory is missing
  public Closeable lock() throws IOException {
    int descriptor;
    try {
      descriptor = Descriptors.open(root, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
    } catch (SystemCallException e) {
      throw failed(e, root);
    }
    try {
      if (Descriptors.flock(descriptor, Descriptors.LOCK_EX | Descriptors.LOCK_NB)) {
        return () -> close(descriptor, root);
      }
    } catch (SystemCallException e) {
      close(descriptor, root);
      throw failed(e, root);
    }
    close(descriptor, root);
    throw new DiskException(Errno.EBUSY.number(), root + " is in use by another process");
  }

  @Override
  public boolean exists(String path) throws IOException {
    try {
      FileStatus.ofPath(absolute(path));
      return true;
    } catch (SystemCallException e) {
      if (missing(e)) {
        return false;
      }
      throw failed(e, path);
    }
  }

  @Override
  public void createDirectories(String path) throws IOException {
    if (!makeDirectory(absolute(path), path)) {
      int slash = path.lastIndexOf('/');
      if (path.isEmpty()) {
        createRoot();
        return;
      }
      createDirectories(slash < 0 ? "" : path.substring(0, slash));
      if (!makeDirectory(absolute(path), path)) {
        throw new DiskException(Errno.ENOENT.number(), "mkdir " + path + ": its parent vanished");
      }
    }
  }

  /// The names of the root and of its new parents are made durable here, since nobody can name
  /// their directories through this disk.
  private void createRoot() throws IOException {
    for (int slash = root.indexOf('/', 1); slash >= 0; slash = root.indexOf('/', slash + 1)) {
      createRootPart(root.substring(0, slash));
    }
    createRootPart(root);
  }

  private void createRootPart(String directory) throws IOException {
    try {
      if (!missingPath(directory)) {
        return;
      }
      Paths.makeDirectory(directory, DIRECTORY_MODE);
      Path parent = Path.of(directory).getParent();
      Paths.syncDirectory(parent == null ? "/" : parent.toString());
    } catch (SystemCallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw failed(e, directory);
      }
    }
  }

  private static boolean missingPath(String path) throws SystemCallException {
    try {
      FileStatus.ofPath(path);
      return false;
    } catch (SystemCallException e) {
      if (e.errno() == Errno.ENOENT) {
        return true;
      }
      throw e;
    }
  }

  /// @return false if the parent is missing
  private static boolean makeDirectory(String absolute, String path) throws IOException {
    try {
      Paths.makeDirectory(absolute, DIRECTORY_MODE);
      return true;
    } catch (SystemCallException e) {
      if (e.errno() == Errno.ENOENT) {
        return false;
      }
      if (e.errno() == Errno.EEXIST) {
        if (Files.isDirectory(Path.of(absolute))) {
          return true;
        }
        throw failure("mkdir", path, Errno.ENOTDIR);
      }
      throw failed(e, path);
    }
  }

  @Override
  public boolean restrict() throws IOException {
    try {
      if ((FileStatus.ofPath(root).mode() & OTHERS) == 0) {
        return false;
      }
      Files.setPosixFilePermissions(Path.of(root), PosixFilePermissions.fromString("rwx------"));
      return true;
    } catch (SystemCallException e) {
      throw failed(e, root);
    } catch (FileSystemException e) {
      throw failure("chmod", root, Errno.EPERM);
    }
  }

  @Override
  public File open(String path, boolean create) throws IOException {
    int flags = OpenFlags.O_RDWR | OpenFlags.O_NOFOLLOW | (create ? OpenFlags.O_CREAT : 0);
    try {
      return new LocalFile(
          this, path, Descriptors.open(absolute(path), flags, FILE_MODE), fallocate);
    } catch (SystemCallException e) {
      throw failed(e, path);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    try {
      Paths.rename(absolute(from), absolute(to), 0);
    } catch (SystemCallException e) {
      throw failed(e, from + " to " + to);
    }
  }

  @Override
  public boolean delete(String path) throws IOException {
    String absolute = absolute(path);
    try {
      try {
        Paths.unlink(absolute);
      } catch (SystemCallException e) {
        if (e.errno() != Errno.EISDIR) {
          throw e;
        }
        Paths.removeDirectory(absolute);
      }
      return true;
    } catch (SystemCallException e) {
      if (missing(e)) {
        return false;
      }
      throw failed(e, path);
    }
  }

  @Override
  public List<String> list(String directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(absolute(directory)))) {
      for (Path entry : entries) {
        names.add(String.valueOf(entry.getFileName()));
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (NotDirectoryException e) {
      throw failure("opendir", directory, Errno.ENOTDIR);
    } catch (DirectoryIteratorException e) {
      throw new DiskException(Errno.EIO.number(), "readdir " + directory + ": " + e.getMessage());
    }
    Collections.sort(names);
    return names;
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    try {
      Paths.syncDirectory(absolute(directory));
    } catch (SystemCallException e) {
      syncFailed();
      throw failed(e, directory);
    }
  }

  @Override
  public void sync() throws IOException {
    try {
      int descriptor = Descriptors.open(root, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
      try {
        Descriptors.syncFileSystem(descriptor);
      } catch (SystemCallException e) {
        syncFailed();
        throw e;
      } finally {
        Descriptors.close(descriptor);
      }
    } catch (SystemCallException e) {
      throw failed(e, root);
    }
  }

  @Override
  public Space space() throws IOException {
    try {
      FileSystemSpace space = FileSystemSpace.of(root);
      return new Space(
          space.totalBytes(), space.availableBytes(), space.inodesTotal(), space.inodesFree());
    } catch (SystemCallException e) {
      throw failed(e, root);
    }
  }

  @Override
  public long durability() {
    long durability = mix(bootHash + failedSyncs.get());
    return durability == 0 ? 1 : durability;
  }

  /// Never throws: the caller has the failure to tell. Not synced, since it is worth nothing in
  /// another life of the page cache.
  synchronized void syncFailed() {
    long count = failedSyncs.incrementAndGet();
    try {
      Files.writeString(Path.of(absolute(FAILED_SYNCS)), bootHash + " " + count + "\n");
    } catch (IOException e) {
      LOG.error("{}: {} can't be written: {}", root, FAILED_SYNCS, e.getMessage());
    }
  }

  private long failedSyncsBefore() throws IOException {
    Path file = Path.of(absolute(FAILED_SYNCS));
    if (!Files.isRegularFile(file)) {
      return 0;
    }
    // One that is torn was written before the host crashed.
    String start = bootHash + " ";
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    try {
      return text.startsWith(start) && text.endsWith("\n")
          ? Long.parseLong(text.substring(start.length()).strip())
          : 0;
    } catch (NumberFormatException e) {
      throw new IOException(file + " is damaged: \"" + text.strip() + "\"", e);
    }
  }

  private String absolute(String path) {
    return path.isEmpty() ? root : root + "/" + path;
  }

  private static boolean missing(SystemCallException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR;
  }

  private static void close(int descriptor, String path) throws IOException {
    try {
      Descriptors.close(descriptor);
    } catch (SystemCallException e) {
      throw failed(e, path);
    }
  }

  static DiskException failed(SystemCallException e, String path) {
    DiskException failure = failure(e.call(), path, e.errno());
    failure.initCause(e);
    return failure;
  }

  static DiskException failure(String call, String path, Errno errno) {
    return new DiskException(errno.number(), call + " " + path + ": " + errno.text());
  }

  /// Spreads a number's bits over all 64 (the finisher of SplitMix64).
  private static long mix(long number) {
    long mixed = (number ^ number >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return mixed ^ mixed >>> 31;
  }
}
