package org.skep.metadata.check;

import com.google.protobuf.ByteString;
import java.util.Set;
import java.util.TreeSet;
import org.skep.metadata.operation.ShardOperation;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.IntentRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.Change;
import org.skep.wire.message.ScanEntriesReply;
import org.skep.wire.message.ScanEntriesRequest;

/// SCAN_ENTRIES: the names of some inodes.
final class EntryScan implements ShardOperation<ScanEntriesRequest, ScanEntriesReply> {
  private static final int TARGETS_MAX = 4096;
  private static final int VISITED_MAX = 100_000;
  private static final int CURSOR_BYTES_MAX = 8 + 255;

  private final Shard shard;

  EntryScan(Shard shard) {
    this.shard = shard;
  }

  @Override
  public ScanEntriesReply run(ScanEntriesRequest request, Call call)
      throws RefusedException, DiskException {
    check(request);
    Set<Long> targets = new TreeSet<>(request.getTargetsList());
    ScanEntriesReply.Builder reply = ScanEntriesReply.newBuilder().setCursor(request.getCursor());
    // Before the entries are read: what is not prepared now, and comes later, changes the inode.
    reply.addAllUnsettled(unsettled(targets));
    Walk walk = new Walk(request, targets, reply);
    reply.setEnd(true);
    shard.records().scan(Table.ENTRIES, from(request.getCursor()), Keys.end(), walk);
    reply.setTypes(walk.types());
    if (reply.getCursor().size() >= 8) {
      long directory = Keys.number(reply.getCursor().toByteArray(), 0);
      reply.setPermille(InodeScan.permille(shard, directory));
    }
    return reply.build();
  }

  private static void check(ScanEntriesRequest request) throws RefusedException {
    boolean wrong =
        request.getCountMax() < 1
            || request.getCountMax() > InodeScan.COUNT_MAX
            || request.getTargetsCount() > TARGETS_MAX
            || !isCursor(request.getCursor());
    if (wrong) {
      throw new RefusedException(Failure.malformed("a scan of entries"));
    }
  }

  private static boolean isCursor(ByteString cursor) {
    return cursor.isEmpty() || (cursor.size() > 8 && cursor.size() <= CURSOR_BYTES_MAX);
  }

  /// Behind the cursor's key.
  static byte[] from(ByteString cursor) {
    return cursor.isEmpty()
        ? Keys.first()
        : cursor.concat(ByteString.copyFrom(new byte[1])).toByteArray();
  }

  private Set<Long> unsettled(Set<Long> targets) throws DiskException {
    Set<Long> found = new TreeSet<>();
    if (targets.isEmpty()) {
      return found;
    }
    shard
        .records()
        .scan(
            Table.INTENTS,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              IntentRecord intent = Records.parse(value, IntentRecord.parser());
              for (Change change : intent.getChangesList()) {
                if (change.hasPutEntry() && targets.contains(change.getPutEntry().getInode())) {
                  found.add(change.getPutEntry().getInode());
                }
                if (change.hasRemoveEntry()) {
                  addRemoved(change, targets, found);
                }
              }
              return true;
            });
    return found;
  }

  private void addRemoved(Change change, Set<Long> targets, Set<Long> found) throws DiskException {
    var entry =
        shard
            .records()
            .entry(change.getRemoveEntry().getParent(), change.getRemoveEntry().getName());
    if (entry != null && targets.contains(entry.inode())) {
      found.add(entry.inode());
    }
  }

  private final class Walk implements Records.Visitor {
    private final ScanEntriesRequest request;
    private final Set<Long> targets;
    private final ScanEntriesReply.Builder reply;
    private final byte[] types;
    private int visited;
    private int found;
    private long directory;
    private boolean isDirectory;

    private Walk(ScanEntriesRequest request, Set<Long> targets, ScanEntriesReply.Builder reply) {
      this.request = request;
      this.targets = targets;
      this.reply = reply;
      types = new byte[request.getCountMax()];
    }

    @Override
    public boolean visit(byte[] key, byte[] value) throws DiskException {
      if (visited++ == VISITED_MAX || found == types.length) {
        reply.setEnd(false);
        return false;
      }
      reply.setCursor(ByteString.copyFrom(key));
      Records.ListedEntry entry = Records.named(key, value);
      if (isWanted(entry.inode()) && isInDirectory(Keys.number(key, 0))) {
        reply.addDirectories(directory).addTargets(entry.inode());
        types[found++] = (byte) entry.type();
        if (!targets.isEmpty()) {
          reply.addNames(entry.name());
        }
      }
      return true;
    }

    private boolean isWanted(long inode) {
      return targets.isEmpty()
          ? Long.compareUnsigned(inode, request.getFirstTarget()) >= 0
              && Long.compareUnsigned(inode, request.getLastTarget()) <= 0
          : targets.contains(inode);
    }

    private boolean isInDirectory(long at) throws DiskException {
      if (at != directory) {
        InodeRecord record = shard.records().inode(at);
        isDirectory = record != null && FileType.isDirectory(record.getMode());
        directory = at;
      }
      return isDirectory;
    }

    private ByteString types() {
      return ByteString.copyFrom(types, 0, found);
    }
  }
}
