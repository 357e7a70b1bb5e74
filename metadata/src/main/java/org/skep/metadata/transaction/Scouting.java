package org.skep.metadata.transaction;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.skep.wire.message.EntryKey;

/// What a change must lock and read, as found without locks: it may be out of date.
///
/// @param renameLock whether it moves a directory to another one, of which there may be only one at
///   a time
/// @param inodes to be locked, ascending
/// @param entries to be read under the locks; their directories are among the inodes
public record Scouting(boolean renameLock, List<Long> inodes, List<EntryKey> entries) {

  /// @param inodes in any order, also repeated; 0 stands for none
  public static Scouting of(boolean renameLock, Collection<Long> inodes, List<EntryKey> entries) {
    TreeSet<Long> ordered = new TreeSet<>(Long::compareUnsigned);
    ordered.addAll(inodes);
    ordered.remove(0L);
    return new Scouting(renameLock, new ArrayList<>(ordered), List.copyOf(entries));
  }
}
