package org.skep.metadata.operation;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
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
import org.skep.wire.Failure;
import org.skep.wire.message.Entry;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.NewDirectory;
import org.skep.wire.message.Time;

/// mkdir(2). The new directory may live on another shard.
final class MakeDirectory implements ShardOperation<MakeDirectoryRequest, Entry> {
  private final Shard shard;
  private final Placement placement;
  private final Coordinator coordinator;

  MakeDirectory(Shard shard, Placement placement, Coordinator coordinator) {
    this.shard = shard;
    this.placement = placement;
    this.coordinator = coordinator;
  }

  @Override
  public Entry run(MakeDirectoryRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getParent());
    Checks.name(request.getName());
    int asked = request.getShard();
    if (asked < 0 || asked > Ids.ID_MAX) {
      throw new RefusedException(Failure.malformed("directory on shard " + asked));
    }
    return coordinator.run(new Making(request), call);
  }

  private final class Making implements TreeChange<Entry> {
    private final MakeDirectoryRequest request;

    private Making(MakeDirectoryRequest request) {
      this.request = request;
    }

    @Override
    public Scouting scout(Reads reads) {
      return Scouting.of(
          false,
          List.of(request.getParent()),
          List.of(Seen.key(request.getParent(), request.getName())));
    }

    @Override
    public @Nullable Plan<Entry> decide(Seen seen) throws RefusedException, DiskException {
      if (seen.directory(request.getParent()).getLinks() >= Checks.LINKS_MAX) {
        throw new RefusedException(Errno.EMLINK, "directory " + Ids.text(request.getParent()));
      }
      if (seen.entry(request.getParent(), request.getName()).getExists()) {
        throw new RefusedException(Errno.EEXIST, request.getName().toStringUtf8());
      }
      Time now = shard.now();
      // Chosen anew with each attempt: the last one may have refused, as it is being given up.
      int at = request.getShard() == 0 ? placement.directoryShard(shard.id()) : request.getShard();
      Plan<Entry> plan =
          new Plan<>(
              now,
              (draft, inode, attributes) -> {
                Entry.Builder entry =
                    Entry.newBuilder().setInode(inode).setType(FileType.ENTRY_DIRECTORY);
                if (attributes != null) {
                  entry.setAttributes(attributes);
                }
                return entry.build();
              });
      return plan.newDirectory(at, directory(now))
          .putEntry(request.getParent(), request.getName(), 0, FileType.ENTRY_DIRECTORY)
          .subdirectories(request.getParent(), 1);
    }

    private NewDirectory directory(Time now) throws RefusedException, DiskException {
      InodeRecord parent = Checks.directory(shard, request.getParent());
      int mode = FileType.DIRECTORY | (request.getMode() & FileType.PERMISSIONS);
      Inheritance inheritance =
          Inheritance.of(
              shard, request.getParent(), parent, mode, request.getUmask(), request.getCaller());
      return NewDirectory.newBuilder()
          .setParent(request.getParent())
          .setMode(inheritance.mode())
          .setUid(inheritance.uid())
          .setGid(inheritance.gid())
          .setNow(now)
          .setPattern(parent.getPattern())
          .setAccessAcl(inheritance.accessAcl())
          .setDefaultAcl(inheritance.defaultAcl())
          .build();
    }
  }
}
