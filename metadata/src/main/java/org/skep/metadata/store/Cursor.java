package org.skep.metadata.store;

import org.skep.runtime.port.DiskException;

/// Walks over the keys of a range as they were when it was made. Used and closed by one thread.
public interface Cursor extends AutoCloseable {

  /// Moves to the next key; before the first call it stands before the first one.
  ///
  /// @return false if there is none
  boolean next() throws DiskException;

  /// The key at which it stands; belongs to the caller.
  byte[] key();

  /// The value at which it stands; belongs to the caller.
  byte[] value();

  @Override
  void close();
}
