package org.skep.runtime.twin;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/// The content of one file of a [MemoryDisk]: what a process sees, and what would be left after a
/// crash of the host. A page that is not there is a hole. Guarded by its disk.
@SuppressWarnings("ReferenceEquality") // pages are compared to see whether they are shared
final class MemoryFile extends MemoryNode {
  static final int PAGE_BYTES = 4096;
  private static final int SECTOR_BYTES = 512;

  /// A page that is reserved and was never written: reads as zeros and is a hole for seek. Never
  /// changed.
  static final byte[] RESERVED = new byte[PAGE_BYTES];

  private final TreeMap<Long, byte[]> pages = new TreeMap<>();
  private long length;

  // As of the last sync. Pages are shared with `pages` until one is written again.
  private final Map<Long, byte[]> durablePages = new HashMap<>();
  private long durableLength;
  private final TreeSet<Long> unsyncedPages = new TreeSet<>();

  long modifiedSeconds;
  int openCount;
  boolean unlinked;

  long length() {
    return length;
  }

  void setLength(long bytes) {
    length = bytes;
  }

  int pageCount() {
    return pages.size();
  }

  boolean hasPage(long index) {
    return pages.containsKey(index);
  }

  /// The page's bytes, for reading only; null for a hole.
  byte[] page(long index) {
    return pages.get(index);
  }

  /// The page's bytes, for writing: made, if there is none, and no longer shared with the durable
  /// ones.
  byte[] pageToWrite(long index) {
    unsyncedPages.add(index);
    byte[] page = pages.get(index);
    if (page == null || page == RESERVED) {
      page = new byte[PAGE_BYTES];
      pages.put(index, page);
    } else if (page == durablePages.get(index)) {
      page = page.clone();
      pages.put(index, page);
    }
    return page;
  }

  void reserve(long index) {
    unsyncedPages.add(index);
    pages.put(index, RESERVED);
  }

  void removePage(long index) {
    unsyncedPages.add(index);
    pages.remove(index);
  }

  /// The pages from index `first` to `last`, both included, that are there.
  long[] pagesIn(long first, long last) {
    return pages.subMap(first, true, last, true).keySet().stream()
        .mapToLong(Long::longValue)
        .toArray();
  }

  boolean isData(long index) {
    byte[] page = pages.get(index);
    return page != null && page != RESERVED;
  }

  /// The first page from `index` on that is there, or -1.
  long pageFrom(long index) {
    Long found = pages.ceilingKey(index);
    return found == null ? -1 : found;
  }

  void sync() {
    for (long index : unsyncedPages) {
      put(durablePages, index, pages.get(index));
    }
    unsyncedPages.clear();
    durableLength = length;
  }

  /// The host crashed: of what was not synced nothing is left, or with `random` anything, down to
  /// sectors of a page.
  void crash(RandomGenerator random) {
    if (random != null) {
      for (long index : unsyncedPages) {
        put(durablePages, index, survivor(durablePages.get(index), pages.get(index), random));
      }
      durableLength = random.nextBoolean() ? length : durableLength;
    }
    unsyncedPages.clear();
    durablePages.keySet().removeIf(index -> index * PAGE_BYTES >= durableLength);
    cutLastPage();
    pages.clear();
    pages.putAll(durablePages);
    length = durableLength;
    openCount = 0;
    unlinked = false;
  }

  private static byte[] survivor(byte[] old, byte[] unsynced, RandomGenerator random) {
    return switch (random.nextInt(3)) {
      case 0 -> old;
      case 1 -> unsynced;
      default -> torn(old, unsynced, random);
    };
  }

  private static byte[] torn(byte[] old, byte[] unsynced, RandomGenerator random) {
    byte[] torn = Objects.requireNonNullElse(old, RESERVED).clone();
    byte[] other = Objects.requireNonNullElse(unsynced, RESERVED);
    for (int at = 0; at < PAGE_BYTES; at += SECTOR_BYTES) {
      if (random.nextBoolean()) {
        System.arraycopy(other, at, torn, at, SECTOR_BYTES);
      }
    }
    return torn;
  }

  /// Behind the end there are zeros only, so that a longer file reads as zeros there.
  private void cutLastPage() {
    int rest = (int) (durableLength % PAGE_BYTES);
    byte[] last = durablePages.get(durableLength / PAGE_BYTES);
    if (rest > 0 && last != null && last != RESERVED) {
      byte[] cut = new byte[PAGE_BYTES];
      System.arraycopy(last, 0, cut, 0, rest);
      durablePages.put(durableLength / PAGE_BYTES, cut);
    }
  }

  private static void put(Map<Long, byte[]> pages, long index, byte[] page) {
    if (page == null) {
      pages.remove(index);
    } else {
      pages.put(index, page);
    }
  }
}
