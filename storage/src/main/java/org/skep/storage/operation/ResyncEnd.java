package org.skep.storage.operation;

import java.io.IOException;
import org.skep.linux.Errno;
import org.skep.mirror.GroupMember.Access;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.Failure;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ResyncEndRequest;

/// RESYNC_END: everything is here; answered when it is on the disk. Refused if the disk may have
/// lost some of it since RESYNC_BEGIN.
public final class ResyncEnd extends ChunkOperation<ResyncEndRequest, Empty> {

  public ResyncEnd(ServedTargets targets) {
    super(targets, Access.RESYNC);
  }

  @Override
  Outcome<Empty> serve(ResyncEndRequest request, StorageTarget target, Exchange exchange)
      throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<Empty> serve(ResyncEndRequest request, Mirrored group, Exchange exchange)
      throws IOException {
    group.target().countOther();
    group.chunks().syncAll();
    if (!group.resync().isSound()) {
      return Outcome.refused(
          Failure.errno(
              Errno.EIO.number(),
              "storage target " + group.target().id() + ": what was copied may be lost"));
    }
    return Outcome.done(Empty.getDefaultInstance());
  }
}
