package org.skep.metadata.replication;

import org.skep.runtime.port.DiskException;

/// Hears what the replication can't mend by itself. Called without locks of the replication, by any
/// thread; must not block for long.
public interface ReplicationWatch {

  /// The secondary can't take part, for a reason that does not pass by itself. Told once after each
  /// change of the mode; changes wait meanwhile for the next mode.
  void secondaryFails(String reason);

  /// The own disk failed: the shard changes nothing any more until it is opened anew. Told once.
  void diskFails(DiskException reason);
}
