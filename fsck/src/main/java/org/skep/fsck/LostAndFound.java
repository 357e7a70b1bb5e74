package org.skep.fsck;

import com.google.protobuf.ByteString;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.wire.Operations;
import org.skep.wire.message.AdoptRequest;
import org.skep.wire.message.Caller;
import org.skep.wire.message.Entry;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.RenameRequest;

/// The directory `/lost+found`, made when it is first needed: what has lost its name gets one
/// there, its inode's number.
final class LostAndFound {
  static final ByteString NAME = ByteString.copyFromUtf8("lost+found");
  private static final int DIRECTORY_TYPE = 4;
  private static final int RENAME_NOREPLACE = 1;
  private static final int MODE = 0700;

  private final Servers servers;
  private long inode;

  LostAndFound(Servers servers) {
    this.servers = servers;
  }

  /// The directory's inode.
  long directory() throws NoAnswerException {
    if (inode == 0) {
      inode = findOrMake();
    }
    return inode;
  }

  private long findOrMake() throws NoAnswerException {
    long root = servers.map().rootInode();
    int shard = Ids.shardOf(root);
    LookupRequest lookup = LookupRequest.newBuilder().setParent(root).setName(NAME).build();
    try {
      Entry found = servers.shard(shard, Operations.LOOKUP, lookup);
      if (found.getType() != DIRECTORY_TYPE) {
        throw new NoAnswerException("/lost+found is no directory", Errno.ENOTDIR.number());
      }
      return found.getInode();
    } catch (NoAnswerException e) {
      if (e.errno() != Errno.ENOENT.number()) {
        throw e;
      }
    }
    MakeDirectoryRequest make =
        MakeDirectoryRequest.newBuilder()
            .setParent(root)
            .setName(NAME)
            .setMode(MODE)
            .setShard(shard)
            .setCaller(Caller.newBuilder().setPrivileged(true))
            .build();
    return servers.change(shard, Operations.MAKE_DIRECTORY, make).getInode();
  }

  /// Gives an inode without a name one.
  ///
  /// @param version as it was examined
  /// @return the path
  String adopt(long lost, long version) throws NoAnswerException {
    String name = Ids.text(lost);
    AdoptRequest request =
        AdoptRequest.newBuilder()
            .setInode(lost)
            .setDirectory(directory())
            .setName(ByteString.copyFromUtf8(name))
            .setVersion(version)
            .build();
    var _ = servers.change(Ids.shardOf(directory()), Operations.ADOPT, request);
    return "/lost+found/" + name;
  }

  /// Moves a directory here.
  ///
  /// @return the path
  String move(Names.Name from, long moved) throws NoAnswerException {
    String name = Ids.text(moved);
    RenameRequest request =
        RenameRequest.newBuilder()
            .setOldParent(from.directory())
            .setOldName(from.name())
            .setNewParent(directory())
            .setNewName(ByteString.copyFromUtf8(name))
            .setFlags(RENAME_NOREPLACE)
            .build();
    var _ = servers.change(Ids.shardOf(directory()), Operations.RENAME, request);
    return "/lost+found/" + name;
  }
}
