package org.skep.metadata.target;

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
  private KeyValueStore store;
  private boolean broken;
  private boolean closed;

  /// @param create whether the target is new
  public TargetStore(StoreOpener opener, boolean create) throws DiskException {
    this.opener = opener;
    store = opener.open(create);
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
    if (broken && !closed) {
      try {
        store.close();
      } catch (DiskException e) {
        LOG.warn("closing a store whose disk failed: {}", e.getMessage());
      }
      store = opener.open(false);
      broken = false;
    }
    return store;
  }

  /// Closes it.
  ///
  /// @return whether everything that was applied is on the disk
  synchronized boolean close() throws DiskException {
    closed = true;
    store.close();
    return !broken;
  }
}
