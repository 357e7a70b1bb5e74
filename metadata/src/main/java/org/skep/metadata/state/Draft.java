package org.skep.metadata.state;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// The changes of one operation, before they are applied: what it read and changed of inodes is
/// seen by its own later steps. Used by one thread, under the locks of the inodes it touches.
public final class Draft {
  private final Records records;
  private final Batch batch = new Batch();
  private final Map<Long, @Nullable InodeRecord> inodes = new LinkedHashMap<>();

  public Draft(Records records) {
    this.records = records;
  }

  public Records records() {
    return records;
  }

  /// The inode as this draft leaves it, or null.
  public @Nullable InodeRecord inode(long inode) throws DiskException {
    return inodes.containsKey(inode) ? inodes.get(inode) : records.inode(inode);
  }

  /// The inode as this draft leaves it, where it is certain that there is one.
  ///
  /// @throws IllegalStateException if there is none
  public InodeRecord existing(long inode) throws DiskException {
    InodeRecord record = inode(inode);
    if (record == null) {
      throw new IllegalStateException("no inode " + Ids.text(inode));
    }
    return record;
  }

  public void put(long inode, InodeRecord record) {
    inodes.put(inode, record);
  }

  public void remove(long inode) {
    inodes.put(inode, null);
  }

  /// For changes of everything but inodes.
  public Batch batch() {
    return batch;
  }

  /// Whether there is nothing to apply.
  public boolean isEmpty() {
    return batch.isEmpty() && inodes.isEmpty();
  }

  /// All changes; the draft is used no more.
  Batch finish() {
    inodes.forEach((inode, record) -> {
      if (record == null) {
        batch.delete(Table.INODES, Keys.of(inode));
      } else {
        batch.put(Table.INODES, Keys.of(inode), record.toByteArray());
      }
    });
    return batch;
  }
}
