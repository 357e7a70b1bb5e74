package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.skep.linux.Errno;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Limits;

/// What the operations on extended attributes share: names, limits, listing.
final class Xattrs {
  /// XATTR_LIST_MAX: all names of an inode with a NUL behind each.
  static final int LIST_BYTES_MAX = 64 << 10;

  private static final List<ByteString> PREFIXES =
      List.of(
          ByteString.copyFromUtf8("user."),
          ByteString.copyFromUtf8("trusted."),
          ByteString.copyFromUtf8("security."));
  static final ByteString ACCESS_ACL = ByteString.copyFromUtf8("system.posix_acl_access");
  static final ByteString DEFAULT_ACL = ByteString.copyFromUtf8("system.posix_acl_default");

  private Xattrs() {}

  /// @throws RefusedException ERANGE if the name is too long, EINVAL if it is none, EOPNOTSUPP for
  ///   an unknown namespace
  static void checkName(ByteString name) throws RefusedException {
    if (name.isEmpty() || name.size() > Limits.XATTR_NAME_BYTES_MAX) {
      throw new RefusedException(Errno.ERANGE, "attribute name of " + name.size() + " bytes");
    }
    for (int i = 0; i < name.size(); i++) {
      if (name.byteAt(i) == 0) {
        throw new RefusedException(Errno.EINVAL, "attribute name with NUL");
      }
    }
    if (name.equals(ACCESS_ACL) || name.equals(DEFAULT_ACL)) {
      return;
    }
    for (ByteString prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        if (name.size() == prefix.size()) {
          throw new RefusedException(Errno.EINVAL, "attribute without name");
        }
        return;
      }
    }
    throw new RefusedException(Errno.EOPNOTSUPP, "attribute " + name.toStringUtf8());
  }

  /// The names of an inode's attributes, in order. The inode is locked by the caller.
  static List<ByteString> names(Shard shard, long inode) throws DiskException {
    List<ByteString> names = new ArrayList<>();
    byte[] prefix = Keys.of(inode);
    shard
        .records()
        .scan(
            Table.XATTRS,
            prefix,
            Keys.after(prefix),
            (key, value) -> {
              names.add(Keys.name(key));
              return true;
            });
    return names;
  }

  static int listBytes(List<ByteString> names) {
    return names.stream().mapToInt(name -> name.size() + 1).sum();
  }
}
