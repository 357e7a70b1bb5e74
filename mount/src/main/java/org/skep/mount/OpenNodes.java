package org.skep.mount;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What this mount knows of its open regular files, to choose between page cache and direct I/O.
/// Any thread.
final class OpenNodes {
  /// How many data versions are remembered; a forgotten one costs a reading again.
  private static final int VERSIONS_MAX = 65_536;

  private static final class State {
    private int openings;
    private int writers;
    private int cachedReaders;
    private boolean privileged;
  }

  // both guarded by this
  private final Map<Long, State> open = new HashMap<>();
  private final Map<Long, Long> versions =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
          return size() > VERSIONS_MAX;
        }
      };

  /// Counts an opening.
  ///
  /// @return whether the kernel may read it through the page cache: nobody writes it through this
  ///   mount
  synchronized boolean opened(long inode, boolean writing) {
    State state = open.computeIfAbsent(inode, key -> new State());
    state.openings++;
    if (writing) {
      state.writers++;
      return false;
    }
    if (state.writers > 0) {
      return false;
    }
    state.cachedReaders++;
    return true;
  }

  synchronized void closed(long inode, Opening opening) {
    State state = open.get(inode);
    if (state == null) {
      throw new IllegalStateException("inode " + inode + " is not open");
    }
    if (opening.writing()) {
      state.writers--;
    } else if (opening.cached()) {
      state.cachedReaders--;
    }
    if (--state.openings == 0) {
      open.remove(inode);
    }
  }

  /// Whether the page cache may hold pages for a reader that a direct write makes old.
  synchronized boolean hasCachedReaders(long inode) {
    State state = open.get(inode);
    return state != null && state.cachedReaders > 0;
  }

  /// Remembers that pages of this version are read from now on.
  ///
  /// @return whether those that are cached already are of the same version
  synchronized boolean keepCache(long inode, long dataVersion) {
    @Nullable Long before = versions.put(inode, dataVersion);
    return before != null && before == dataVersion;
  }

  /// Somebody gave the open file privileges (suid, sgid, capabilities): the next write drops them.
  synchronized void privileged(long inode) {
    State state = open.get(inode);
    if (state != null) {
      state.privileged = true;
    }
  }

  /// Takes back the note of [#privileged].
  synchronized boolean takePrivileged(long inode) {
    State state = open.get(inode);
    boolean was = state != null && state.privileged;
    if (state != null) {
      state.privileged = false;
    }
    return was;
  }
}
