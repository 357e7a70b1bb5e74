package org.skep.metadata.target;

import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.StoreOpener;
import org.skep.runtime.port.DiskException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A target's store, which is opened anew after its disk has failed: what it holds is what is on
/// the disk then. Any thread may call it.
public final class TargetStore {
  private static final Logger LOG = LoggerFactory.getLogger(TargetStore.class);

  private final StoreOpener opener;
  // all guarded by this
  private @Nullable KeyValueStore store;
  private boolean broken;
  private boolean closed;

  /// @param create whether the target is new
  public TargetStore(StoreOpener opener, boolean create) throws DiskException {
    this.opener = opener;
    store = opener.open(create);
  }

  private TargetStore(StoreOpener opener) {
    this.opener = opener;
  }

  /// The store of a new target that may never be used: it is made when it is.
  public static TargetStore madeWhenUsed(StoreOpener opener) {
    return new TargetStore(opener);
  }

  /// The disk failed.
  synchronized void broke() {
    broken = true;
  }

  synchronized boolean isBroken() {
    return broken;
  }

  /// The store, opened anew if its disk had failed; what used it before gets EIO.
  synchronized KeyValueStore working() throws DiskException {
    KeyValueStore now = store;
    if (closed) {
      if (now == null) {
        throw new DiskException(Errno.EIO.number(), "the target is closed");
      }
      return now;
    }
    if (now == null) {
      now = opener.open(true);
    } else if (broken) {
      try {
        now.close();
      } catch (DiskException e) {
        LOG.warn("closing a store whose disk failed: {}", e.getMessage());
      }
      now = opener.open(false);
      broken = false;
    }
    store = now;
    return now;
  }

  /// Closes it.
  ///
  /// @return whether everything that was applied is on the disk
  synchronized boolean close() throws DiskException {
    closed = true;
    if (store != null) {
      store.close();
    }
    return !broken;
  }
}
