package org.skep.metadata.state;

import org.skep.linux.Errno;
import org.skep.runtime.port.DiskException;

/// The target is not the shard's primary any more, or stops: this life of the shard changes nothing
/// and answers nothing any more. What was being changed may or may not live on at the next primary,
/// so the client is told RETRY.
public final class ShardEndedException extends DiskException {
  private static final long serialVersionUID = 1L;

  public ShardEndedException(int shard) {
    super(Errno.EIO.number(), "shard " + shard + " is not served here any more");
  }
}
