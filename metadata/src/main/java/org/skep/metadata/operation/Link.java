package org.skep.metadata.operation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Coordinator;
import org.skep.metadata.transaction.Plan;
import org.skep.metadata.transaction.Reads;
import org.skep.metadata.transaction.Scouting;
import org.skep.metadata.transaction.Seen;
import org.skep.metadata.transaction.TreeChange;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Entry;
import org.skep.wire.message.InodeState;
import org.skep.wire.message.LinkRequest;

/// link(2), also of files of other shards, and of files made without a name.
final class Link implements ShardOperation<LinkRequest, Entry> {
  private final Shard shard;
  private final Coordinator coordinator;

  Link(Shard shard, Coordinator coordinator) {
    this.shard = shard;
    this.coordinator = coordinator;
  }

  @Override
  public Entry run(LinkRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getNewParent());
    Checks.inode(request.getInode());
    Checks.name(request.getNewName());
    return coordinator.run(new Linking(request), call);
  }

  private final class Linking implements TreeChange<Entry> {
    private final LinkRequest request;

    private Linking(LinkRequest request) {
      this.request = request;
    }

    @Override
    public Scouting scout(Reads reads) {
      return Scouting.of(
          false,
          List.of(request.getNewParent(), request.getInode()),
          List.of(Seen.key(request.getNewParent(), request.getNewName())));
    }

    @Override
    public @Nullable Plan<Entry> decide(Seen seen) throws RefusedException {
      long inode = request.getInode();
      seen.directory(request.getNewParent());
      InodeState state = seen.inode(inode);
      if (!state.getExists()) {
        throw new RefusedException(Errno.ESTALE, "inode " + Ids.text(inode));
      }
      if (FileType.isDirectory(state.getMode())) {
        throw new RefusedException(Errno.EPERM, "inode " + Ids.text(inode) + " is a directory");
      }
      if (seen.entry(request.getNewParent(), request.getNewName()).getExists()) {
        throw new RefusedException(Errno.EEXIST, request.getNewName().toStringUtf8());
      }
      if (state.getLinks() == 0 && !state.getOrphanAllowed()) {
        throw new RefusedException(Errno.ENOENT, "inode " + Ids.text(inode) + " was unlinked");
      }
      if (state.getLinks() >= Checks.LINKS_MAX) {
        throw new RefusedException(Errno.EMLINK, "inode " + Ids.text(inode));
      }
      int type = FileType.ofEntry(state.getMode());
      Plan<Entry> plan =
          new Plan<>(
              shard.now(),
              (draft, newInode, attributes) -> {
                Entry.Builder entry = Entry.newBuilder().setInode(inode).setType(type);
                if (shard.owns(inode)) {
                  entry.setAttributes(InodeAttributes.of(inode, draft.existing(inode)));
                }
                return entry.build();
              });
      return plan.putEntry(request.getNewParent(), request.getNewName(), inode, type)
          .links(inode, 1);
    }
  }
}
