package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.Limits;
import org.skep.wire.message.Entry;
import org.skep.wire.message.MakeNodeRequest;

/// mknod(2) and symlink(2).
final class MakeNode implements ShardOperation<MakeNodeRequest, Entry> {
  private final Shard shard;
  private final NewFile files;

  MakeNode(Shard shard, NewFile files) {
    this.shard = shard;
    this.files = files;
  }

  @Override
  public Entry run(MakeNodeRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getParent());
    Checks.name(request.getName());
    int mode = mode(request);
    try (InodeLocks.Held _ = shard.lock(request.getParent(), true)) {
      InodeRecord directory = Checks.directory(shard, request.getParent());
      if (shard.records().entry(request.getParent(), request.getName()) != null) {
        throw new RefusedException(Errno.EEXIST, request.getName().toStringUtf8());
      }
      Inheritance inheritance =
          Inheritance.of(
              shard, request.getParent(), directory, mode, request.getUmask(), request.getCaller());
      InodeRecord.Builder record = files.of(inheritance, shard.now());
      switch (mode & FileType.MASK) {
        case FileType.REGULAR -> record.setLayout(files.layout(directory));
        case FileType.SYMLINK -> record.setSymlinkTarget(request.getSymlinkTarget());
        case FileType.BLOCK_DEVICE, FileType.CHARACTER_DEVICE -> record.setRdev(request.getRdev());
        default -> {}
      }
      Draft draft = shard.draft();
      long inode =
          files.putNamed(
              draft, request.getParent(), request.getName(), record.build(), inheritance);
      Entry reply =
          Entry.newBuilder()
              .setInode(inode)
              .setType(FileType.ofEntry(mode))
              .setAttributes(InodeAttributes.of(inode, draft.existing(inode)))
              .build();
      shard.apply(draft, call, reply, false);
      return reply;
    }
  }

  /// Type and permissions. No type means a regular file, as for mknod(2).
  private static int mode(MakeNodeRequest request) throws RefusedException {
    int type = request.getMode() & FileType.MASK;
    if (type == 0) {
      type = FileType.REGULAR;
    }
    if (!FileType.isKnown(type) || type == FileType.DIRECTORY) {
      throw new RefusedException(
          Failure.malformed("node of mode " + Integer.toOctalString(request.getMode())));
    }
    if (type == FileType.SYMLINK) {
      checkTarget(request.getSymlinkTarget());
      return type | 0777;
    }
    return type | (request.getMode() & FileType.PERMISSIONS);
  }

  private static void checkTarget(ByteString target) throws RefusedException {
    if (target.isEmpty()) {
      throw new RefusedException(Errno.ENOENT, "symlink to nothing");
    }
    if (target.size() > Limits.SYMLINK_BYTES_MAX) {
      throw new RefusedException(
          Errno.ENAMETOOLONG, "symlink target of " + target.size() + " bytes");
    }
    for (int i = 0; i < target.size(); i++) {
      if (target.byteAt(i) == 0) {
        throw new RefusedException(Errno.EINVAL, "symlink target with NUL");
      }
    }
  }
}
