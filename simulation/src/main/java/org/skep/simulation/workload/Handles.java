package org.skep.simulation.workload;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.OpenFile;

/// What one client has open, and the locks that it knows to hold. Used by one actor at a time.
final class Handles {
  private final int client;
  private final Map<Long, Deque<OpenFile>> open = new TreeMap<>();
  private final Map<Long, Map<ModelTree.LockPlace, Boolean>> locks = new TreeMap<>();

  Handles(int client) {
    this.client = client;
  }

  int client() {
    return client;
  }

  boolean has(long inode) {
    return open.containsKey(inode);
  }

  List<Long> inodes() {
    return new ArrayList<>(open.keySet());
  }

  void opened(OpenFile file) {
    open.computeIfAbsent(file.inode(), _ -> new ArrayDeque<>()).push(file);
  }

  /// @return false if it was not open
  boolean close(long inode) throws ErrnoException {
    Deque<OpenFile> files = open.get(inode);
    if (files == null) {
      return false;
    }
    files.pop().close();
    if (files.isEmpty()) {
      open.remove(inode);
      locks.remove(inode);
    }
    return true;
  }

  void closeAll() throws ErrnoException {
    for (Long inode : inodes()) {
      while (has(inode)) {
        boolean _ = close(inode);
      }
    }
  }

  /// Whether it holds that lock, and alone; null if it does not.
  @Nullable Boolean held(long inode, ModelTree.LockPlace place) {
    return locks.getOrDefault(inode, Map.of()).get(place);
  }

  /// @param exclusive null: it is given up
  void locked(long inode, ModelTree.LockPlace place, @Nullable Boolean exclusive) {
    Map<ModelTree.LockPlace, Boolean> own = locks.computeIfAbsent(inode, _ -> new TreeMap<>());
    if (exclusive == null) {
      own.remove(place);
    } else {
      own.put(place, exclusive);
    }
  }

  /// Notes in a model what is held of an inode that is there.
  void addTo(ModelTree tree, long inode) {
    int count = open.getOrDefault(inode, new ArrayDeque<>()).size();
    tree.existing(inode).openers.put(client, count);
    tree.existing(inode).locks.putAll(locks.getOrDefault(inode, Map.of()));
  }

  @Override
  public String toString() {
    return "client" + client;
  }
}
