package org.skep.metadata.store;

import org.skep.runtime.port.DiskException;

/// Opens the store of one target.
@FunctionalInterface
public interface StoreOpener {

  /// @param create whether the target is new; else a missing store is an error, not an empty one
  KeyValueStore open(boolean create) throws DiskException;
}
