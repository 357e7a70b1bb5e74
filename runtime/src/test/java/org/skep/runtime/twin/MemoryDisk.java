package org.skep.runtime.twin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// A [Disk] in memory that can crash, be full, fail and be slow. What it does depends on the calls
/// only, never on time or chance of its own. Any thread may call it.
///
/// A crash of the host ([#crash()]) loses contents since the last sync of the file and names since
/// the last sync of their directory; open files of before fail with EIO. A name that survives
/// without its file's content having been synced names a file with what content was synced (an
/// empty one).
public final class MemoryDisk implements Disk {
  /// Something is about to be done; may throw a [DiskException] to fail it, or wait to be slow.
  /// Called without a lock held.
  @FunctionalInterface
  public interface Hook {
    /// @param call the name of the [Disk] or [Disk.File] method
    void before(String call, String path) throws IOException;
  }

  private static final int PAGE_BYTES = MemoryFile.PAGE_BYTES;

  /// Small enough that a reservation of all of it fits into a test's heap.
  private static final long DEFAULT_CAPACITY_BYTES = 8L << 30;

  private static final long TOTAL_INODES = 1L << 20;

  private final String name;
  private final Object lock = new Object();
  // All below is guarded by lock.
  private MemoryDirectory root = new MemoryDirectory();
  private Hook hook = (call, path) -> {};
  private long capacityPages = DEFAULT_CAPACITY_BYTES / PAGE_BYTES;
  private long usedPages;
  private long usedInodes;
  private int life = 1;
  private int failedSyncs;
  private LongSupplier seconds = () -> 0;

  public MemoryDisk(String name) {
    this.name = name;
  }

  /// From now on there is room for so many bytes (in whole pages of 4,096); less than what is used
  /// means full.
  public void setCapacityBytes(long bytes) {
    synchronized (lock) {
      capacityPages = bytes / PAGE_BYTES;
    }
  }

  /// What files that are changed from now on say of the time (until then: 0).
  public void setSeconds(LongSupplier secondsSince1970) {
    synchronized (lock) {
      seconds = secondsSince1970;
    }
  }

  /// Called with the lock held.
  long seconds() {
    return seconds.getAsLong();
  }

  public void setHook(Hook hook) {
    synchronized (lock) {
      this.hook = hook;
    }
  }

  /// The host crashes and comes back: all that was not synced is lost.
  public void crash() {
    crash(null);
  }

  /// The host crashes and comes back. Of what was not synced each page may survive, be lost, or be
  /// torn into sectors of 512 bytes, each directory keeps some of its changes, the first ones: as
  /// `random` says.
  public void crash(RandomGenerator random) {
    synchronized (lock) {
      life++;
      usedPages = 0;
      usedInodes = 0;
      crash(root, random, new HashMap<>());
    }
  }

  private void crash(MemoryNode node, RandomGenerator random, Map<MemoryNode, Boolean> done) {
    if (done.put(node, true) != null) {
      return;
    }
    usedInodes++;
    switch (node) {
      case MemoryFile file -> {
        file.crash(random);
        usedPages += file.pageCount();
      }
      case MemoryDirectory directory -> {
        directory.crash(random);
        directory.entries.values().forEach(child -> crash(child, random, done));
      }
    }
  }

  /// Everything is gone, as if the directory had been removed by hand.
  public void wipe() {
    synchronized (lock) {
      root = new MemoryDirectory();
      usedPages = 0;
      usedInodes = 0;
    }
  }

  /// Flips one bit of the file's content, as a bad medium does.
  public void flip(String path, long offset) throws IOException {
    synchronized (lock) {
      if (!(find(path) instanceof MemoryFile file) || !file.isData(offset / PAGE_BYTES)) {
        throw failure("flip", path, Errno.ENOENT);
      }
      file.page(offset / PAGE_BYTES)[(int) (offset % PAGE_BYTES)] ^= 1;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean exists(String path) throws IOException {
    hook("exists", path);
    synchronized (lock) {
      return path.isEmpty() || find(path) != null;
    }
  }

  @Override
  public void createDirectories(String path) throws IOException {
    hook("createDirectories", path);
    synchronized (lock) {
      MemoryDirectory at = root;
      for (String part : parts(path)) {
        MemoryNode child = at.entries.get(part);
        if (child == null) {
          child = new MemoryDirectory();
          usedInodes++;
          at.put(part, child);
        }
        if (!(child instanceof MemoryDirectory directory)) {
          throw failure("mkdir", path, Errno.ENOTDIR);
        }
        at = directory;
      }
    }
  }

  @Override
  public File open(String path, boolean create) throws IOException {
    hook("open", path);
    synchronized (lock) {
      MemoryNode node = find(path);
      if (node == null) {
        if (!create) {
          throw failure("open", path, Errno.ENOENT);
        }
        MemoryDirectory parent = parent("open", path);
        node = new MemoryFile();
        usedInodes++;
        parent.put(lastPart(path), node);
      }
      if (!(node instanceof MemoryFile file)) {
        throw failure("open", path, Errno.EISDIR);
      }
      file.openCount++;
      return new OpenMemoryFile(this, path, file, life);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    hook("rename", from);
    synchronized (lock) {
      MemoryNode node = find(from);
      if (node == null) {
        throw failure("rename", from, Errno.ENOENT);
      }
      MemoryDirectory source = parent("rename", from);
      MemoryDirectory target = parent("rename", to);
      MemoryNode replaced = target.entries.get(lastPart(to));
      if (replaced == node) {
        return;
      }
      checkReplaceable(node, replaced, to);
      Map<String, MemoryNode> change = new HashMap<>();
      change.put(lastPart(to), node);
      if (source == target) {
        change.put(lastPart(from), null);
      } else {
        source.remove(lastPart(from));
      }
      target.change(change);
      removed(replaced);
    }
  }

  private static void checkReplaceable(MemoryNode node, MemoryNode replaced, String to)
      throws DiskException {
    if (replaced instanceof MemoryDirectory directory) {
      if (node instanceof MemoryFile) {
        throw failure("rename", to, Errno.EISDIR);
      }
      if (!directory.entries.isEmpty()) {
        throw failure("rename", to, Errno.ENOTEMPTY);
      }
    } else if (replaced != null && node instanceof MemoryDirectory) {
      throw failure("rename", to, Errno.ENOTDIR);
    }
  }

  @Override
  public boolean delete(String path) throws IOException {
    hook("delete", path);
    synchronized (lock) {
      MemoryNode node = find(path);
      if (node == null) {
        return false;
      }
      if (node instanceof MemoryDirectory directory && !directory.entries.isEmpty()) {
        throw failure("rmdir", path, Errno.ENOTEMPTY);
      }
      parent("delete", path).remove(lastPart(path));
      removed(node);
      return true;
    }
  }

  /// The node lost its only name.
  private void removed(MemoryNode node) {
    if (node == null) {
      return;
    }
    usedInodes--;
    if (node instanceof MemoryFile file) {
      file.unlinked = true;
      release(file);
    }
  }

  /// Called with the lock held. The space of a file that has neither a name nor a user is free.
  void release(MemoryFile file) {
    if (file.unlinked && file.openCount == 0) {
      usedPages -= file.pageCount();
    }
  }

  @Override
  public List<String> list(String directory) throws IOException {
    hook("list", directory);
    synchronized (lock) {
      MemoryNode node = directory.isEmpty() ? root : find(directory);
      return switch (node) {
        case null -> List.of();
        case MemoryDirectory found -> List.copyOf(found.entries.keySet());
        case MemoryFile file -> throw failure("opendir", directory, Errno.ENOTDIR);
      };
    }
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    hook("syncDirectory", directory);
    synchronized (lock) {
      MemoryNode node = directory.isEmpty() ? root : find(directory);
      switch (node) {
        case null -> throw failure("open", directory, Errno.ENOENT);
        case MemoryDirectory found -> found.sync();
        case MemoryFile file -> throw failure("open", directory, Errno.ENOTDIR);
      }
    }
  }

  @Override
  public void sync() throws IOException {
    try {
      hook("syncFileSystem", "");
    } catch (DiskException e) {
      syncFailed();
      throw e;
    }
    synchronized (lock) {
      sync(root);
    }
  }

  private static void sync(MemoryNode node) {
    switch (node) {
      case MemoryFile file -> file.sync();
      case MemoryDirectory directory -> {
        directory.sync();
        directory.entries.values().forEach(MemoryDisk::sync);
      }
    }
  }

  @Override
  public Space space() throws IOException {
    hook("space", "");
    synchronized (lock) {
      return new Space(
          capacityPages * PAGE_BYTES,
          Math.max(0, capacityPages - usedPages) * PAGE_BYTES,
          TOTAL_INODES,
          TOTAL_INODES - usedInodes);
    }
  }

  @Override
  public long durability() {
    synchronized (lock) {
      return (long) name.hashCode() << 32 | (long) failedSyncs << 16 | life;
    }
  }

  /// As on a real disk: others may have lost their data, too.
  void syncFailed() {
    synchronized (lock) {
      failedSyncs++;
    }
  }

  Object lock() {
    return lock;
  }

  /// Called with the lock held: files opened in an earlier life are gone.
  boolean isLife(int number) {
    return life == number;
  }

  /// Called with the lock held: takes space for so many pages.
  boolean takePages(long count) {
    if (count > capacityPages - usedPages) {
      return false;
    }
    usedPages += count;
    return true;
  }

  /// Called with the lock held.
  void freePages(long count) {
    usedPages -= count;
  }

  void hook(String call, String path) throws IOException {
    Hook now;
    synchronized (lock) {
      now = hook;
    }
    now.before(call, path);
  }

  /// The whole content of a file, for checks in tests.
  public byte[] content(String path) throws IOException {
    try (File file = open(path, false)) {
      ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(file.length()));
      file.read(content, 0);
      return content.array();
    }
  }

  private MemoryNode find(String path) {
    MemoryNode at = root;
    for (String part : parts(path)) {
      if (!(at instanceof MemoryDirectory directory)) {
        return null;
      }
      at = directory.entries.get(part);
    }
    return at;
  }

  private MemoryDirectory parent(String call, String path) throws DiskException {
    int slash = path.lastIndexOf('/');
    MemoryNode parent = slash < 0 ? root : find(path.substring(0, slash));
    return switch (parent) {
      case null -> throw failure(call, path, Errno.ENOENT);
      case MemoryDirectory directory -> directory;
      case MemoryFile file -> throw failure(call, path, Errno.ENOTDIR);
    };
  }

  private static List<String> parts(String path) {
    return path.isEmpty() ? List.of() : List.of(path.split("/", -1));
  }

  private static String lastPart(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  static DiskException failure(String call, String path, Errno errno) {
    return new DiskException(errno.number(), call + " " + path + ": " + errno.text());
  }
}
