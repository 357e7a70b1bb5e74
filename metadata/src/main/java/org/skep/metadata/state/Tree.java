package org.skep.metadata.state;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.metadata.record.GarbageRecord;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Time;

/// The steps of which all changes of the namespace are made; each keeps counts and times right. The
/// caller holds the locks of the inodes named and has checked that the step is allowed.
public final class Tree {
  private final Draft draft;

  public Tree(Draft draft) {
    this.draft = draft;
  }

  /// Makes the entry, or lets it name another inode; then it keeps its cookie.
  public void putEntry(long directory, ByteString name, long inode, int type, Time now)
      throws DiskException {
    InodeRecord.Builder parent = draft.existing(directory).toBuilder();
    NamedInode old = draft.records().entry(directory, name);
    long cookie = old == null ? parent.getCookieLast() + 1 : old.cookie();
    if (old == null) {
      parent.setCookieLast(cookie).setEntries(parent.getEntries() + 1);
    }
    draft
        .batch()
        .put(
            Table.ENTRIES,
            Keys.of(directory, name),
            Records.entryValue(new NamedInode(inode, type, cookie)));
    draft
        .batch()
        .put(Table.COOKIES, Keys.of(directory, cookie), Records.cookieValue(inode, type, name));
    draft.put(directory, parent.setMtime(now).setCtime(now).build());
  }

  public void removeEntry(long directory, ByteString name, Time now) throws DiskException {
    InodeRecord.Builder parent = draft.existing(directory).toBuilder();
    NamedInode old = draft.records().entry(directory, name);
    if (old == null || parent.getEntries() == 0) {
      throw new IllegalStateException("no such entry in " + Ids.text(directory));
    }
    draft.batch().delete(Table.ENTRIES, Keys.of(directory, name));
    draft.batch().delete(Table.COOKIES, Keys.of(directory, old.cookie()));
    parent.setEntries(parent.getEntries() - 1).setMtime(now).setCtime(now);
    draft.put(directory, parent.build());
  }

  /// A file gets or loses names; without any it goes away, or becomes an orphan while it is open.
  public void changeLinks(long inode, int delta, @Nullable Time ctime) throws DiskException {
    InodeRecord old = draft.existing(inode);
    int links = old.getLinks() + delta;
    if (links < 0 || FileType.isDirectory(old.getMode())) {
      throw new IllegalStateException(links + " links of " + Ids.text(inode));
    }
    InodeRecord.Builder changed = old.toBuilder().setLinks(links);
    if (ctime != null) {
      changed.setCtime(ctime);
    }
    if (old.getLinks() == 0 && links > 0) {
      draft.batch().delete(Table.ORPHANS, Keys.of(inode));
      changed.clearLinkable();
    }
    draft.put(inode, changed.build());
    if (links == 0 && delta < 0) {
      if (isOpen(draft.records().openings(inode))) {
        draft.batch().put(Table.ORPHANS, Keys.of(inode), new byte[0]);
      } else {
        removeFile(inode);
      }
    }
  }

  private static boolean isOpen(OpeningRecord openings) {
    return openings.getReaders() + openings.getWriters() > 0;
  }

  /// Removes an inode that is no directory, with all that belongs to it; its chunks go to the
  /// garbage.
  public void removeFile(long inode) throws DiskException {
    InodeRecord old = draft.existing(inode);
    if (FileType.isRegular(old.getMode()) && old.getData() != InodeRecord.Data.NONE) {
      draft
          .batch()
          .put(
              Table.GARBAGE,
              Keys.of(inode),
              GarbageRecord.newBuilder().setLayout(old.getLayout()).build().toByteArray());
    }
    draft.batch().delete(Table.ORPHANS, Keys.of(inode));
    removeXattrs(inode, old);
    draft.remove(inode);
  }

  public void putDirectory(long inode, InodeRecord directory) {
    draft.put(inode, directory);
  }

  public void removeDirectory(long inode) throws DiskException {
    InodeRecord old = draft.existing(inode);
    if (!FileType.isDirectory(old.getMode()) || old.getEntries() != 0) {
      throw new IllegalStateException("not an empty directory: " + Ids.text(inode));
    }
    removeXattrs(inode, old);
    draft.remove(inode);
  }

  public void setParent(long inode, long parent, Time ctime) throws DiskException {
    draft.put(inode, draft.existing(inode).toBuilder().setParent(parent).setCtime(ctime).build());
  }

  public void changeSubdirectories(long directory, int delta, Time now) throws DiskException {
    InodeRecord old = draft.existing(directory);
    int links = old.getLinks() + delta;
    if (links < 2 || !FileType.isDirectory(old.getMode())) {
      throw new IllegalStateException(links + " links of directory " + Ids.text(directory));
    }
    draft.put(directory, old.toBuilder().setLinks(links).setMtime(now).setCtime(now).build());
  }

  public void putXattr(long inode, ByteString name, ByteString value) throws DiskException {
    draft.batch().put(Table.XATTRS, Keys.of(inode, name), value.toByteArray());
    draft.put(inode, draft.existing(inode).toBuilder().setXattrs(true).build());
  }

  private void removeXattrs(long inode, InodeRecord old) throws DiskException {
    if (old.getXattrs()) {
      byte[] prefix = Keys.of(inode);
      draft
          .records()
          .scan(
              Table.XATTRS,
              prefix,
              Keys.after(prefix),
              (key, value) -> {
                draft.batch().delete(Table.XATTRS, key);
                return true;
              });
    }
  }
}
