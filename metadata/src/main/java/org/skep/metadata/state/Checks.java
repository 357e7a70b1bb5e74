package org.skep.metadata.state;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.record.InodeRecord;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.Limits;
import org.skep.wire.message.Time;

/// What must be true of values from the wire before they are used.
public final class Checks {

  /// ext4 allows 65,000 links; the count has 32 bits on the wire and in `st_nlink` of most tools.
  public static final int LINKS_MAX = 1 << 30;

  private static final ByteString DOT = ByteString.copyFromUtf8(".");
  private static final ByteString DOT_DOT = ByteString.copyFromUtf8("..");

  private Checks() {}

  /// @throws RefusedException ENAMETOOLONG; EINVAL for names that can't be an entry's
  public static void name(ByteString name) throws RefusedException {
    if (name.size() > Limits.NAME_BYTES_MAX) {
      throw new RefusedException(Errno.ENAMETOOLONG, "name of " + name.size() + " bytes");
    }
    if (name.isEmpty() || name.equals(DOT) || name.equals(DOT_DOT)) {
      throw new RefusedException(Errno.EINVAL, "empty name, . or ..");
    }
    for (int i = 0; i < name.size(); i++) {
      byte b = name.byteAt(i);
      if (b == '/' || b == 0) {
        throw new RefusedException(Errno.EINVAL, "name with / or NUL");
      }
    }
  }

  /// @throws RefusedException malformed, if the inode is not this shard's
  public static void owned(Shard shard, long inode) throws RefusedException {
    if (!shard.owns(inode) || Ids.counterOf(inode) == Ids.COUNTER_MAX) {
      throw new RefusedException(
          Failure.malformed("inode " + Ids.text(inode) + " is not of shard " + shard.id()));
    }
  }

  /// @throws RefusedException malformed, if it can't be an inode's id
  public static void inode(long inode) throws RefusedException {
    if (!Ids.isInode(inode) || Ids.counterOf(inode) == Ids.COUNTER_MAX) {
      throw new RefusedException(Failure.malformed("inode " + Ids.text(inode)));
    }
  }

  /// @throws RefusedException malformed, if there are more nanoseconds than in a second
  public static void time(Time time) throws RefusedException {
    if (!Times.isValid(time)) {
      throw new RefusedException(Failure.malformed("time with " + time.getNanos() + " ns"));
    }
  }

  /// The inode's record.
  ///
  /// @throws RefusedException ESTALE if there is none
  public static InodeRecord existing(Shard shard, long inode)
      throws RefusedException, DiskException {
    InodeRecord record = shard.records().inode(inode);
    if (record == null) {
      throw new RefusedException(Errno.ESTALE, "inode " + Ids.text(inode));
    }
    return record;
  }

  /// The record of a directory in which a name is looked up or made.
  ///
  /// @throws RefusedException ENOENT if it was removed, ENOTDIR
  public static InodeRecord directory(Shard shard, long inode)
      throws RefusedException, DiskException {
    return directory(inode, shard.records().inode(inode));
  }

  private static InodeRecord directory(long inode, @Nullable InodeRecord record)
      throws RefusedException {
    if (record == null) {
      throw new RefusedException(Errno.ENOENT, "directory " + Ids.text(inode) + " was removed");
    }
    if (!FileType.isDirectory(record.getMode())) {
      throw new RefusedException(Errno.ENOTDIR, "inode " + Ids.text(inode));
    }
    return record;
  }

  /// @throws RefusedException EISDIR for directories, EINVAL for other types
  public static void regular(long inode, InodeRecord record) throws RefusedException {
    if (FileType.isDirectory(record.getMode())) {
      throw new RefusedException(Errno.EISDIR, "inode " + Ids.text(inode));
    }
    if (!FileType.isRegular(record.getMode())) {
      throw new RefusedException(Errno.EINVAL, "inode " + Ids.text(inode) + " is no regular file");
    }
  }
}
