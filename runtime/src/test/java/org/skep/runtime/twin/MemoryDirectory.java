package org.skep.runtime.twin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// The names of one directory of a [MemoryDisk]: those a process sees, and those that would be left
/// after a crash of the host. Guarded by its disk.
final class MemoryDirectory extends MemoryNode {
  final TreeMap<String, MemoryNode> entries = new TreeMap<>();
  private final TreeMap<String, MemoryNode> durable = new TreeMap<>();

  // Changes since the last sync, oldest first; each is atomic. A null node: the name is removed.
  private final List<Map<String, MemoryNode>> unsynced = new ArrayList<>();

  /// Sets (or with null removes) names, all at once.
  void change(Map<String, MemoryNode> names) {
    unsynced.add(names);
    apply(names, entries);
  }

  void put(String name, MemoryNode node) {
    change(Map.of(name, node));
  }

  void remove(String name) {
    Map<String, MemoryNode> removal = new HashMap<>();
    removal.put(name, null);
    change(removal);
  }

  void sync() {
    unsynced.forEach(names -> apply(names, durable));
    unsynced.clear();
  }

  /// The host crashed: of the changes that were not synced nothing is left, or with `random` the
  /// first ones.
  void crash(RandomGenerator random) {
    int survivors = random == null ? 0 : random.nextInt(unsynced.size() + 1);
    unsynced.subList(0, survivors).forEach(names -> apply(names, durable));
    unsynced.clear();
    entries.clear();
    entries.putAll(durable);
  }

  private static void apply(Map<String, MemoryNode> names, Map<String, MemoryNode> to) {
    names.forEach((name, node) -> {
      if (node == null) {
        to.remove(name);
      } else {
        to.put(name, node);
      }
    });
  }
}
