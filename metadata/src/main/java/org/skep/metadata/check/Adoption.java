package org.skep.metadata.check;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.operation.ShardOperation;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Coordinator;
import org.skep.metadata.transaction.Plan;
import org.skep.metadata.transaction.Reads;
import org.skep.metadata.transaction.Scouting;
import org.skep.metadata.transaction.Seen;
import org.skep.metadata.transaction.TreeChange;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.AdoptRequest;
import org.skep.wire.message.Entry;
import org.skep.wire.message.InodeState;

/// ADOPT: gives an inode without a name one, so that somebody can look at it.
final class Adoption implements ShardOperation<AdoptRequest, Entry> {
  private final Shard shard;
  private final Coordinator coordinator;

  Adoption(Shard shard, Coordinator coordinator) {
    this.shard = shard;
    this.coordinator = coordinator;
  }

  @Override
  public Entry run(AdoptRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getDirectory());
    Checks.inode(request.getInode());
    Checks.name(request.getName());
    if (request.getInode() == request.getDirectory()) {
      throw new RefusedException(Errno.EINVAL, "a directory in itself");
    }
    return coordinator.run(new Adopting(request), call);
  }

  private final class Adopting implements TreeChange<Entry> {
    private final AdoptRequest request;

    private Adopting(AdoptRequest request) {
      this.request = request;
    }

    @Override
    public Scouting scout(Reads reads) {
      return Scouting.of(
          false,
          List.of(request.getDirectory(), request.getInode()),
          List.of(Seen.key(request.getDirectory(), request.getName())));
    }

    @Override
    public @Nullable Plan<Entry> decide(Seen seen) throws RefusedException {
      long inode = request.getInode();
      seen.directory(request.getDirectory());
      InodeState state = seen.inode(inode);
      if (!state.getExists() || state.getVersion() != request.getVersion()) {
        throw new RefusedException(
            Errno.ESTALE, "inode " + Ids.text(inode) + " is not as it was examined");
      }
      if (state.getParent() == inode) {
        throw new RefusedException(Errno.EINVAL, "the root directory has no name");
      }
      if (seen.entry(request.getDirectory(), request.getName()).getExists()) {
        throw new RefusedException(Errno.EEXIST, request.getName().toStringUtf8());
      }
      int type = FileType.ofEntry(state.getMode());
      Plan<Entry> plan =
          new Plan<>(
              shard.now(),
              (draft, newInode, attributes) ->
                  Entry.newBuilder().setInode(inode).setType(type).build());
      plan.putEntry(request.getDirectory(), request.getName(), inode, type);
      return type == FileType.ENTRY_DIRECTORY
          ? plan.setParent(inode, request.getDirectory()).subdirectories(request.getDirectory(), 1)
          : plan.links(inode, 1 - state.getLinks());
    }
  }
}
