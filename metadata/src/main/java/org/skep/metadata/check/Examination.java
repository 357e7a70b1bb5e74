package org.skep.metadata.check;

import org.jspecify.annotations.Nullable;
import org.skep.metadata.operation.ShardOperation;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.InodeVersion;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.NamedInode;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.EntryKey;
import org.skep.wire.message.ExamineReply;
import org.skep.wire.message.ExamineRequest;
import org.skep.wire.message.ExaminedEntry;
import org.skep.wire.message.ExaminedInode;

/// EXAMINE: inodes and entries as they are, each read under its lock.
final class Examination implements ShardOperation<ExamineRequest, ExamineReply> {
  private static final int COUNT_MAX = 1000;
  private static final long LOCK_NANOS = 1_000_000_000L;

  /// All locks of a request together.
  private static final long WAIT_NANOS = 4_000_000_000L;

  private final Shard shard;

  Examination(Shard shard) {
    this.shard = shard;
  }

  @Override
  public ExamineReply run(ExamineRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    if (request.getInodesCount() > COUNT_MAX || request.getEntriesCount() > COUNT_MAX) {
      throw new RefusedException(Failure.malformed("an examination of too much"));
    }
    long end = shard.clock().nanoTime() + WAIT_NANOS;
    ExamineReply.Builder reply = ExamineReply.newBuilder();
    for (long inode : request.getInodesList()) {
      Checks.owned(shard, inode);
      reply.addInodes(inode(inode, end));
    }
    for (EntryKey entry : request.getEntriesList()) {
      Checks.owned(shard, entry.getParent());
      Checks.name(entry.getName());
      reply.addEntries(entry(entry, end));
    }
    return reply.build();
  }

  private InodeLocks.@Nullable Held lock(long inode, long end) throws InterruptedException {
    long rest = end - shard.clock().nanoTime();
    return shard.locks().tryLock(inode, false, Math.clamp(rest, 0, LOCK_NANOS));
  }

  private ExaminedInode inode(long inode, long end) throws DiskException, InterruptedException {
    InodeLocks.Held held = lock(inode, end);
    if (held == null) {
      return ExaminedInode.newBuilder().setBusy(true).build();
    }
    try (held) {
      return inode(inode);
    }
  }

  /// The inode, which the caller has locked.
  ExaminedInode inode(long inode) throws DiskException {
    ExaminedInode.Builder examined = ExaminedInode.newBuilder();
    byte[] key = Keys.of(inode);
    examined
        .setGarbage(shard.records().get(Table.GARBAGE, key) != null)
        .setTruncation(shard.records().get(Table.TRUNCATIONS, key) != null);
    InodeRecord record = shard.records().inode(inode);
    if (record == null) {
      return examined.build();
    }
    OpeningRecord openings = shard.records().openings(inode);
    return examined
        .setExists(true)
        .setSummary(InodeScan.whole(inode, record))
        .setVersion(InodeVersion.of(record))
        .setOrphan(shard.records().get(Table.ORPHANS, key) != null)
        .setReaders(openings.getReaders())
        .setWriters(openings.getWriters())
        .build();
  }

  private ExaminedEntry entry(EntryKey key, long end) throws DiskException, InterruptedException {
    InodeLocks.Held held = lock(key.getParent(), end);
    if (held == null) {
      return ExaminedEntry.newBuilder().setBusy(true).build();
    }
    try (held) {
      NamedInode found = shard.records().entry(key.getParent(), key.getName());
      return found == null
          ? ExaminedEntry.getDefaultInstance()
          : ExaminedEntry.newBuilder()
              .setExists(true)
              .setInode(found.inode())
              .setType(found.type())
              .build();
    }
  }
}
