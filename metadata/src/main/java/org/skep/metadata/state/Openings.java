package org.skep.metadata.state;

import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;

/// Who has which file open: steps of a [Draft], with the inode locked exclusively.
public final class Openings {

  private Openings() {}

  /// Counts one more opening of the client.
  public static void add(Draft draft, long inode, long client, boolean writing)
      throws DiskException {
    OpeningRecord mine = draft.records().opening(inode, client);
    OpeningRecord.Builder more = mine.toBuilder();
    if (writing) {
      more.setWriters(mine.getWriters() + 1);
      InodeRecord record = draft.existing(inode);
      if (record.getData() == InodeRecord.Data.NONE) {
        draft.put(inode, record.toBuilder().setData(InodeRecord.Data.POSSIBLE).build());
      }
    } else {
      more.setReaders(mine.getReaders() + 1);
    }
    draft.batch().put(Table.OPENINGS, Keys.of(inode, client), more.build().toByteArray());
  }

  /// Counts one opening less; one that is not there (its session had ended) is ignored. An inode
  /// without name and opening goes away.
  ///
  /// @param written whether something may have been written through it
  public static void remove(Draft draft, long inode, long client, boolean writing, boolean written)
      throws DiskException {
    OpeningRecord mine = draft.records().opening(inode, client);
    OpeningRecord less =
        mine.toBuilder()
            .setReaders(Math.max(0, mine.getReaders() - (writing ? 0 : 1)))
            .setWriters(Math.max(0, mine.getWriters() - (writing ? 1 : 0)))
            .build();
    set(draft, inode, client, less, writing, written);
  }

  /// Ends all openings of the client; what it wrote may be there.
  public static void removeAll(Draft draft, long inode, long client) throws DiskException {
    boolean writing = draft.records().opening(inode, client).getWriters() > 0;
    set(draft, inode, client, OpeningRecord.getDefaultInstance(), writing, writing);
  }

  private static void set(
      Draft draft, long inode, long client, OpeningRecord mine, boolean writing, boolean written)
      throws DiskException {
    byte[] key = Keys.of(inode, client);
    if (isNone(mine)) {
      draft.batch().delete(Table.OPENINGS, key);
    } else {
      draft.batch().put(Table.OPENINGS, key, mine.toByteArray());
    }
    OpeningRecord others = others(draft.records(), inode, client);
    InodeRecord record = draft.existing(inode);
    if (writing && record.getData() != InodeRecord.Data.PRESENT) {
      if (written) {
        draft.put(inode, record.toBuilder().setData(InodeRecord.Data.PRESENT).build());
      } else if (mine.getWriters() + others.getWriters() == 0) {
        draft.put(inode, record.toBuilder().setData(InodeRecord.Data.NONE).build());
      }
    }
    if (record.getLinks() == 0 && isNone(mine) && isNone(others)) {
      new Tree(draft).removeFile(inode);
    }
  }

  private static boolean isNone(OpeningRecord openings) {
    return openings.getReaders() == 0 && openings.getWriters() == 0;
  }

  private static OpeningRecord others(Records records, long inode, long client)
      throws DiskException {
    OpeningRecord all = records.openings(inode);
    OpeningRecord mine = records.opening(inode, client);
    return OpeningRecord.newBuilder()
        .setReaders(all.getReaders() - mine.getReaders())
        .setWriters(all.getWriters() - mine.getWriters())
        .build();
  }
}
