package org.skep.metadata.resync;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.replication.StoredEntry;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.Keys;

/// What one request to the secondary carries, in the words of the statistics: what is lacking there
/// if it is not taken.
///
/// @param directories whose inodes or entries it has
/// @param files other inodes of which it has something
/// @param sessions whether it has sessions or replies of clients
/// @param modifications batches, and what has no other place
record Unsent(long directories, long files, boolean sessions, long modifications) {
  static final Unsent NOTHING = new Unsent(0, 0, false, 0);

  static Unsent of(List<StoredEntry> entries) {
    SortedSet<Long> directories = new TreeSet<>();
    SortedSet<Long> files = new TreeSet<>();
    boolean sessions = false;
    long others = 0;
    for (StoredEntry entry : entries) {
      switch (entry.table()) {
        case INODES -> (isDirectory(entry.value()) ? directories : files).add(inode(entry));
        case ENTRIES, COOKIES -> directories.add(inode(entry));
        case XATTRS, OPENINGS, ORPHANS, GARBAGE, TRUNCATIONS, LOCKS -> files.add(inode(entry));
        case SESSIONS, REPLIES -> sessions = true;
        case META, INTENTS, DECISIONS, LOG -> others++;
      }
    }
    files.removeAll(directories);
    if (directories.isEmpty() && files.isEmpty() && !sessions) {
      others = Math.max(1, others); // what is to be no more there
    }
    return new Unsent(directories.size(), files.size(), sessions, others);
  }

  private static long inode(StoredEntry entry) {
    return Keys.number(entry.key(), 0);
  }

  /// Whether the value of an inode is a directory's; null: it is not there.
  static boolean isDirectory(byte @Nullable [] value) {
    try {
      return value != null && FileType.isDirectory(InodeRecord.parseFrom(value).getMode());
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }
}
