package org.skep.mount;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.wire.message.Attributes;

/// Which directories are open through this mount, and what is left of those that were removed
/// through it: an empty directory without links, as long as somebody has it open. The shard forgets
/// a removed directory at once. Any thread.
final class OpenDirectories {

  private static final class State {
    private int openings;
    private @Nullable Attributes removed;
  }

  // guarded by this
  private final Map<Long, State> open = new HashMap<>();

  synchronized void opened(long inode) {
    open.computeIfAbsent(inode, key -> new State()).openings++;
  }

  synchronized void closed(long inode) {
    State state = open.get(inode);
    if (state == null) {
      throw new IllegalStateException("directory " + inode + " is not open");
    }
    if (--state.openings == 0) {
      open.remove(inode);
    }
  }

  /// Whether a removal needs to be noted at all.
  synchronized boolean any() {
    return !open.isEmpty();
  }

  /// Notes that the directory was removed.
  synchronized void removed(Attributes before) {
    State state = open.get(before.getInode());
    if (state != null) {
      state.removed = before.toBuilder().setLinks(0).setSize(0).build();
    }
  }

  /// What is left of a removed directory that is open, or null.
  synchronized @Nullable Attributes remains(long inode) {
    State state = open.get(inode);
    return state == null ? null : state.removed;
  }
}
