package org.skep.metadata.check;

import org.skep.cluster.Ids;
import org.skep.metadata.operation.ShardOperation;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.InodeSummary;
import org.skep.wire.message.ScanInodesReply;
import org.skep.wire.message.ScanInodesRequest;

/// SCAN_INODES: inodes in the order of their ids.
final class InodeScan implements ShardOperation<ScanInodesRequest, ScanInodesReply> {
  static final int COUNT_MAX = 10_000;

  /// How many records one request looks at: about 50 ms.
  static final int VISITED_MAX = 50_000;

  /// A reply must stay far below the limit of a message.
  private static final int BYTES_MAX = 512 << 10;

  private final Shard shard;

  InodeScan(Shard shard) {
    this.shard = shard;
  }

  @Override
  public ScanInodesReply run(ScanInodesRequest request, Call call)
      throws RefusedException, DiskException {
    if (request.getCountMax() < 1 || request.getCountMax() > COUNT_MAX) {
      throw new RefusedException(Failure.malformed("a scan of " + request.getCountMax()));
    }
    ScanInodesReply.Builder reply = ScanInodesReply.newBuilder().setLast(request.getAfter());
    int[] visited = {0};
    int[] bytes = {0};
    byte[] from = request.getAfter() == 0 ? Keys.first() : Keys.of(request.getAfter() + 1);
    reply.setEnd(true);
    shard
        .records()
        .scan(
            Table.INODES,
            from,
            Keys.end(),
            (key, value) -> {
              boolean full =
                  visited[0]++ == VISITED_MAX
                      || reply.getInodesCount() == request.getCountMax()
                      || bytes[0] > BYTES_MAX;
              if (full) {
                reply.setEnd(false);
                return false;
              }
              long inode = Keys.number(key, 0);
              reply.setLast(inode);
              InodeRecord record = Records.parse(value, InodeRecord.parser());
              if (isWanted(request.getWhat(), record)) {
                InodeSummary summary = summary(request.getWhat(), inode, record);
                bytes[0] += summary.getSerializedSize();
                reply.addInodes(summary);
              }
              return true;
            });
    return reply.setPermille(permille(shard, reply.getLast())).build();
  }

  private static boolean isWanted(ScanInodesRequest.What what, InodeRecord record) {
    return switch (what) {
      case NAMED -> true;
      case DIRECTORIES -> FileType.isDirectory(record.getMode());
      case WITH_CHUNKS ->
          FileType.isRegular(record.getMode()) && record.getData() != InodeRecord.Data.NONE;
      case UNRECOGNIZED -> false;
    };
  }

  private static InodeSummary summary(ScanInodesRequest.What what, long inode, InodeRecord record) {
    if (what == ScanInodesRequest.What.WITH_CHUNKS) {
      return whole(inode, record);
    }
    InodeSummary.Builder summary =
        InodeSummary.newBuilder()
            .setInode(inode)
            .setMode(record.getMode())
            .setLinks(record.getLinks());
    if (FileType.isDirectory(record.getMode())) {
      summary.setParent(record.getParent());
    }
    return summary.build();
  }

  /// All that a check may want to know of an inode.
  static InodeSummary whole(long inode, InodeRecord record) {
    InodeSummary.Builder summary =
        InodeSummary.newBuilder()
            .setInode(inode)
            .setMode(record.getMode())
            .setLinks(record.getLinks());
    if (FileType.isDirectory(record.getMode())) {
      summary.setParent(record.getParent());
    }
    if (FileType.isRegular(record.getMode())) {
      summary
          .setSize(record.getSize())
          .setAllocatedBytes(record.getAllocatedBytes())
          .setChunksPossible(record.getData() != InodeRecord.Data.NONE)
          .setLayout(record.getLayout());
    }
    return summary.build();
  }

  /// How far an inode is in the shard.
  static int permille(Shard shard, long inode) {
    long end = Math.max(1, shard.inodesEnd());
    return (int) Math.min(1000, Ids.counterOf(inode) * 1000.0 / end);
  }
}
