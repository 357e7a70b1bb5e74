package org.skep.metadata.operation;

import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.Checks;
import org.skep.metadata.state.InodeAttributes;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;

/// Lists entries in the order in which they were made.
final class ReadDirectory implements ShardOperation<ReadDirectoryRequest, ReadDirectoryReply> {

  /// What one answer holds at most, whatever is asked for.
  private static final int ENTRIES_MAX = 4096;

  private static final int BYTES_MAX = 1 << 20;

  /// What an entry takes on the wire beside its name, and what attributes take, about.
  private static final int ENTRY_BYTES = 32;

  private static final int ATTRIBUTES_BYTES = 160;

  private final Shard shard;

  ReadDirectory(Shard shard) {
    this.shard = shard;
  }

  @Override
  public ReadDirectoryReply run(ReadDirectoryRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    Checks.owned(shard, request.getInode());
    ReadDirectoryReply.Builder reply = ReadDirectoryReply.newBuilder();
    try (InodeLocks.Held _ = shard.lock(request.getInode(), false)) {
      list(request, Checks.directory(shard, request.getInode()), reply);
    }
    if (request.getWithAttributes()) {
      for (DirectoryEntry.Builder entry : reply.getEntriesBuilderList()) {
        addAttributes(entry);
      }
    }
    return reply.build();
  }

  private void list(
      ReadDirectoryRequest request, InodeRecord directory, ReadDirectoryReply.Builder reply)
      throws DiskException {
    long last = directory.getCookieLast();
    if (request.getEndCookie() != 0 && Long.compareUnsigned(request.getEndCookie(), last) < 0) {
      last = request.getEndCookie();
    }
    reply.setParent(directory.getParent()).setEndCookie(last).setEnd(true);
    if (Long.compareUnsigned(request.getCookie(), last) >= 0) {
      return;
    }
    int entriesMax = bounded(request.getEntriesMax(), ENTRIES_MAX);
    int bytesMax = bounded(request.getBytesMax(), BYTES_MAX);
    int[] bytes = {0};
    shard
        .records()
        .scan(
            Table.COOKIES,
            Keys.of(request.getInode(), request.getCookie() + 1),
            Keys.of(request.getInode(), last + 1),
            (key, value) -> {
              Records.ListedEntry entry = Records.listed(key, value);
              bytes[0] +=
                  ENTRY_BYTES
                      + entry.name().size()
                      + (request.getWithAttributes() ? ATTRIBUTES_BYTES : 0);
              boolean full =
                  reply.getEntriesCount() > 0
                      && (bytes[0] > bytesMax || reply.getEntriesCount() >= entriesMax);
              if (full) {
                reply.setEnd(false);
                return false;
              }
              reply.addEntries(
                  DirectoryEntry.newBuilder()
                      .setCookie(entry.cookie())
                      .setName(entry.name())
                      .setInode(entry.inode())
                      .setType(entry.type()));
              return true;
            });
  }

  private static int bounded(int asked, int max) {
    return asked <= 0 ? max : Math.min(asked, max);
  }

  /// The directory's lock is released by now: an entry's inode may be gone, or busy; then there are
  /// no attributes and the client asks for them.
  private void addAttributes(DirectoryEntry.Builder entry)
      throws DiskException, InterruptedException {
    if (!shard.owns(entry.getInode())) {
      return;
    }
    InodeLocks.Held held = shard.locks().tryLock(entry.getInode(), false, 0);
    if (held != null) {
      try (held) {
        InodeRecord record = shard.records().inode(entry.getInode());
        if (record != null) {
          entry.setAttributes(InodeAttributes.of(entry.getInode(), record));
        }
      }
    }
  }
}
