package org.skep.storage.chunk;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Disk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Open chunk files, shared by all requests, the least recently used one closed first. Any thread
/// may call it; the disk is never called with the lock held.
///
/// A file that is in use when its turn to go comes is closed by its last user. So at most
/// `entriesMax` and the number of running requests are open.
final class DescriptorCache {
  private static final Logger LOG = LoggerFactory.getLogger(DescriptorCache.class);
  private static final int REMOVAL_COUNTERS = 256;

  private final int entriesMax;
  private final Object lock = new Object();
  // Guarded by lock, with the fields of the entries.
  private final LinkedHashMap<ChunkKey, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  // How often a key with this hash was forgotten: a file opened before that may be a removed one.
  private final long[] removals = new long[REMOVAL_COUNTERS];

  /// Opens the chunk file, or gives null if there is none.
  interface Opener {
    Disk.@Nullable File open(ChunkKey key) throws IOException;
  }

  /// An open file in use; closing gives it back.
  final class Entry implements AutoCloseable {
    private final Disk.File file;
    private int users;
    private boolean evicted;

    private Entry(Disk.File file) {
      this.file = file;
    }

    Disk.File file() {
      return file;
    }

    @Override
    public void close() {
      boolean last;
      synchronized (lock) {
        users--;
        last = evicted && users == 0;
      }
      if (last) {
        closeFile(file);
      }
    }
  }

  DescriptorCache(int entriesMax) {
    if (entriesMax < 1) {
      throw new IllegalArgumentException("a cache of " + entriesMax + " descriptors");
    }
    this.entriesMax = entriesMax;
  }

  /// The chunk's file, opened now if it is not open yet; null if the opener finds none. The caller
  /// closes the entry.
  @Nullable Entry acquire(ChunkKey key, Opener opener) throws IOException {
    while (true) {
      long removalsBefore;
      synchronized (lock) {
        Entry entry = entries.get(key);
        if (entry != null) {
          entry.users++;
          return entry;
        }
        removalsBefore = removals[slot(key)];
      }
      Disk.File file = opener.open(key);
      if (file == null) {
        return null;
      }
      Entry entry = insert(key, file, removalsBefore);
      if (entry != null) {
        return entry;
      }
    }
  }

  /// @return null if the file may have been removed since it was opened; it is closed then
  private @Nullable Entry insert(ChunkKey key, Disk.File file, long removalsBefore) {
    List<Disk.File> superfluous = new ArrayList<>();
    Entry entry = null;
    synchronized (lock) {
      entry = entries.get(key);
      if (entry != null) {
        superfluous.add(file);
      } else if (removals[slot(key)] == removalsBefore) {
        entry = new Entry(file);
        entries.put(key, entry);
        shrinkLocked(entriesMax, superfluous);
      } else {
        superfluous.add(file);
      }
      if (entry != null) {
        entry.users++;
      }
    }
    superfluous.forEach(DescriptorCache::closeFile);
    return entry;
  }

  /// The chunk file was removed: later requests must not find it here.
  void forget(ChunkKey key) {
    Disk.File file = null;
    synchronized (lock) {
      removals[slot(key)]++;
      Entry entry = entries.remove(key);
      if (entry != null && evictLocked(entry)) {
        file = entry.file;
      }
    }
    if (file != null) {
      closeFile(file);
    }
  }

  /// Closes the least recently used files until at most `entriesLeft` are kept.
  void shrink(int entriesLeft) {
    List<Disk.File> superfluous = new ArrayList<>();
    synchronized (lock) {
      shrinkLocked(entriesLeft, superfluous);
    }
    superfluous.forEach(DescriptorCache::closeFile);
  }

  int size() {
    synchronized (lock) {
      return entries.size();
    }
  }

  int entriesMax() {
    return entriesMax;
  }

  private void shrinkLocked(int entriesLeft, List<Disk.File> superfluous) {
    Iterator<Entry> eldest = entries.values().iterator();
    while (entries.size() > entriesLeft) {
      Entry entry = eldest.next();
      eldest.remove();
      if (evictLocked(entry)) {
        superfluous.add(entry.file);
      }
    }
  }

  /// @return whether the caller is to close the file
  private static boolean evictLocked(Entry entry) {
    entry.evicted = true;
    return entry.users == 0;
  }

  private static int slot(ChunkKey key) {
    return Math.floorMod(key.hashCode(), REMOVAL_COUNTERS);
  }

  private static void closeFile(Disk.File file) {
    try {
      file.close();
    } catch (IOException e) {
      // Only network file systems report here what they did not report to fsync.
      LOG.error("closing a chunk file failed, data may be lost: {}", e.getMessage());
    }
  }
}
