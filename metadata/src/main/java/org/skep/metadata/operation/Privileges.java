package org.skep.metadata.operation;

import com.google.protobuf.ByteString;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Draft;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Table;

/// Linux's rules by which a change of a file takes privileges away from it.
final class Privileges {
  static final ByteString CAPABILITY = ByteString.copyFromUtf8("security.capability");

  private Privileges() {}

  /// The mode without set-user-id, and without set-group-id if the group may execute (else that bit
  /// meant mandatory locking); a directory's mode stays.
  static int withoutSetId(int mode) {
    if (FileType.isDirectory(mode)) {
      return mode;
    }
    boolean groupExecute = (mode & FileType.GROUP_EXECUTE) != 0;
    return mode & ~(FileType.SET_USER | (groupExecute ? FileType.SET_GROUP : 0));
  }

  /// Removes the file's capabilities, if it has any.
  static void removeCapability(Draft draft, long inode, InodeRecord.Builder record) {
    if (record.getCapability()) {
      draft.batch().delete(Table.XATTRS, Keys.of(inode, CAPABILITY));
      record.setCapability(false);
    }
  }
}
