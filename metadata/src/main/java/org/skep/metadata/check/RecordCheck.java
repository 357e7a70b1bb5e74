package org.skep.metadata.check;

import com.google.protobuf.ByteString;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Ids;
import org.skep.linux.Errno;
import org.skep.metadata.lock.LockCodec;
import org.skep.metadata.operation.ShardOperation;
import org.skep.metadata.record.DecisionRecord;
import org.skep.metadata.record.GarbageRecord;
import org.skep.metadata.record.InodeRecord;
import org.skep.metadata.record.IntentRecord;
import org.skep.metadata.record.OpeningRecord;
import org.skep.metadata.record.TruncationRecord;
import org.skep.metadata.state.Call;
import org.skep.metadata.state.FileType;
import org.skep.metadata.state.InodeLocks;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.Records;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.state.Shard;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;
import org.skep.wire.message.CheckRecordsReply;
import org.skep.wire.message.CheckRecordsRequest;
import org.skep.wire.message.LayoutMessage;
import org.skep.wire.message.PendingRecord;
import org.skep.wire.message.RecordDamage;

/// CHECK_RECORDS: what of a shard's tables does not fit together, as far as the shard alone can
/// tell. What seems wrong is looked at again with its inode locked; an inode whose lock can't be
/// had is left out.
final class RecordCheck implements ShardOperation<CheckRecordsRequest, CheckRecordsReply> {
  private static final int VISITED_MAX = 20_000;
  private static final int DAMAGE_MAX = 1000;
  private static final int CURSOR_BYTES_MAX = 8 + 255;
  private static final long LOCK_NANOS = 1_000_000_000L;

  private final Shard shard;
  private final DirectoryCheck directories;
  private final Rounds removalRounds;

  /// How often a job has gone through everything there was when it began.
  @FunctionalInterface
  public interface Rounds {
    long count();
  }

  RecordCheck(Shard shard, DirectoryCheck directories, Rounds removalRounds) {
    this.shard = shard;
    this.directories = directories;
    this.removalRounds = removalRounds;
  }

  /// One request. The reply's cursor is the inode up to which all is checked, or empty.
  private final class Page {
    private final CheckRecordsReply.Builder reply = CheckRecordsReply.newBuilder().setEnd(true);
    private final long[] visited = {0};

    private boolean full() {
      return visited[0] >= VISITED_MAX || reply.getDamageCount() >= DAMAGE_MAX;
    }

    private void add(RecordDamage.Kind kind, long inode, ByteString name, long other, long number) {
      reply.addDamage(
          RecordDamage.newBuilder()
              .setKind(kind)
              .setInode(inode)
              .setName(name)
              .setOther(other)
              .setNumber(number));
    }

    private void passed(long inode) {
      reply
          .setCursor(ByteString.copyFrom(Keys.of(inode)))
          .setPermille(InodeScan.permille(shard, inode));
    }
  }

  @Override
  public CheckRecordsReply run(CheckRecordsRequest request, Call call)
      throws RefusedException, DiskException, InterruptedException {
    int size = request.getCursor().size();
    if (size != 0 && (size != 8 || size > CURSOR_BYTES_MAX)) {
      throw new RefusedException(Failure.malformed("a cursor of " + size + " bytes"));
    }
    byte[] from =
        size == 0 ? Keys.first() : Keys.of(Keys.number(request.getCursor().toByteArray(), 0) + 1);
    Page page = new Page();
    switch (request.getRecords()) {
      case INODES -> inodes(page, from);
      case ENTRIES -> strays(page, Table.ENTRIES, from);
      case COOKIES -> strays(page, Table.COOKIES, from);
      case XATTRS -> strays(page, Table.XATTRS, from);
      case OPENINGS -> strays(page, Table.OPENINGS, from);
      case LOCKS -> strays(page, Table.LOCKS, from);
      case ORPHANS -> strays(page, Table.ORPHANS, from);
      case GARBAGE -> strays(page, Table.GARBAGE, from);
      case PENDING -> pending(page);
      case UNRECOGNIZED -> throw new RefusedException(Errno.EINVAL, "unknown records");
    }
    return page.reply.setVisited(page.visited[0]).build();
  }

  private void inodes(Page page, byte[] from) throws DiskException, InterruptedException {
    // Directories take a look at other tables, which must not be done while a cursor is open for
    // long: inodes come in small pieces.
    byte[] next = from;
    boolean more = true;
    while (more && !page.full()) {
      InodePiece piece = new InodePiece();
      shard.records().scan(Table.INODES, next, Keys.end(), piece);
      for (int i = 0; i < piece.count; i++) {
        inode(page, piece.inodes[i], piece.records[i]);
        page.passed(piece.inodes[i]);
        next = Keys.of(piece.inodes[i] + 1);
        if (page.full()) {
          page.reply.setEnd(i == piece.count - 1 && piece.end);
          return;
        }
      }
      more = !piece.end;
    }
    page.reply.setEnd(!more);
  }

  private static final class InodePiece implements Records.Visitor {
    private static final int INODES = 500;
    private final long[] inodes = new long[INODES];
    private final InodeRecord[] records = new InodeRecord[INODES];
    private int count;
    private boolean end = true;

    @Override
    public boolean visit(byte[] key, byte[] value) {
      if (count == INODES) {
        end = false;
        return false;
      }
      inodes[count] = Keys.number(key, 0);
      records[count++] = Records.parse(value, InodeRecord.parser());
      return true;
    }
  }

  private void inode(Page page, long inode, InodeRecord record)
      throws DiskException, InterruptedException {
    page.visited[0]++;
    if (FileType.isDirectory(record.getMode())) {
      directories.check(inode, record, page.visited).forEach(page.reply::addDamage);
    } else if (record.getLinks() == 0) {
      unnamed(page, inode);
    }
  }

  private void unnamed(Page page, long inode) throws DiskException, InterruptedException {
    InodeLocks.Held held = shard.locks().tryLock(inode, false, LOCK_NANOS);
    if (held == null) {
      return;
    }
    try (held) {
      RecordDamage.Kind kind = unnamedDamage(inode);
      if (kind != RecordDamage.Kind.UNKNOWN) {
        page.add(kind, inode, ByteString.EMPTY, 0, 0);
      }
    }
  }

  /// What is wrong with a locked inode that may be without a name; UNKNOWN if nothing is.
  private RecordDamage.Kind unnamedDamage(long inode) throws DiskException {
    InodeRecord record = shard.records().inode(inode);
    if (record == null || record.getLinks() != 0 || FileType.isDirectory(record.getMode())) {
      return RecordDamage.Kind.UNKNOWN;
    }
    OpeningRecord openings = shard.records().openings(inode);
    if (openings.getReaders() + openings.getWriters() == 0) {
      return RecordDamage.Kind.UNNAMED_NOT_OPEN;
    }
    return shard.records().get(Table.ORPHANS, Keys.of(inode)) == null
        ? RecordDamage.Kind.UNNAMED_NOT_MARKED
        : RecordDamage.Kind.UNKNOWN;
  }

  // --- records of inodes that should be there, or should not -----------------------------------

  private void strays(Page page, Table table, byte[] first)
      throws DiskException, InterruptedException {
    byte[] from = first;
    while (true) {
      long[] found = {0, 0};
      shard
          .records()
          .scan(
              table,
              from,
              Keys.end(),
              (key, value) -> {
                found[0] = 1;
                found[1] = Keys.number(key, 0);
                return false;
              });
      if (found[0] == 0) {
        return;
      }
      if (page.full()) {
        page.reply.setEnd(false);
        return;
      }
      page.visited[0]++;
      if (isStray(table, shard.records().inode(found[1]))) {
        stray(page, table, found[1]);
      }
      page.passed(found[1]);
      from = Keys.of(found[1] + 1);
    }
  }

  private static boolean isStray(Table table, @Nullable InodeRecord inode) {
    return switch (table) {
      case ENTRIES, COOKIES -> inode == null || !FileType.isDirectory(inode.getMode());
      case ORPHANS -> inode == null || inode.getLinks() > 0;
      case GARBAGE -> inode != null;
      default -> inode == null;
    };
  }

  private void stray(Page page, Table table, long inode)
      throws DiskException, InterruptedException {
    InodeLocks.Held held = shard.locks().tryLock(inode, false, LOCK_NANOS);
    if (held == null) {
      return;
    }
    try (held) {
      InodeRecord record = shard.records().inode(inode);
      if (!isStray(table, record)) {
        return;
      }
      byte[] prefix = Keys.of(inode);
      shard
          .records()
          .scan(
              table,
              prefix,
              Keys.after(prefix),
              (key, value) -> {
                tell(page, table, inode, key, value, record);
                return page.reply.getDamageCount() < DAMAGE_MAX;
              });
    }
  }

  private static void tell(
      Page page, Table table, long inode, byte[] key, byte[] value, @Nullable InodeRecord record) {
    switch (table) {
      case ENTRIES -> {
        Records.ListedEntry entry = Records.named(key, value);
        page.add(
            RecordDamage.Kind.ENTRY_IN_NO_DIRECTORY,
            inode,
            entry.name(),
            entry.inode(),
            entry.cookie());
      }
      case COOKIES -> {
        Records.ListedEntry entry = Records.listed(key, value);
        page.add(
            RecordDamage.Kind.LISTING_IN_NO_DIRECTORY,
            inode,
            entry.name(),
            entry.inode(),
            entry.cookie());
      }
      case XATTRS -> page.add(RecordDamage.Kind.XATTR_WITHOUT_INODE, inode, Keys.name(key), 0, 0);
      case OPENINGS ->
          page.add(
              RecordDamage.Kind.OPENING_WITHOUT_INODE,
              inode,
              ByteString.EMPTY,
              Keys.number(key, 8),
              0);
      case LOCKS ->
          page.add(
              RecordDamage.Kind.LOCK_WITHOUT_INODE,
              inode,
              ByteString.EMPTY,
              LockCodec.decode(key, value).owner().client(),
              0);
      case ORPHANS -> {
        RecordDamage.Kind kind =
            record == null
                ? RecordDamage.Kind.ORPHAN_WITHOUT_INODE
                : RecordDamage.Kind.ORPHAN_WITH_NAME;
        page.add(kind, inode, ByteString.EMPTY, 0, record == null ? 0 : record.getLinks());
      }
      case GARBAGE ->
          page.add(RecordDamage.Kind.GARBAGE_OF_LIVING_INODE, inode, ByteString.EMPTY, 0, 0);
      default -> throw new IllegalStateException("strays of " + table);
    }
  }

  // --- what is under way ------------------------------------------------------------------------

  private void pending(Page page) throws DiskException {
    list(
        page,
        Table.INTENTS,
        PendingRecord.Kind.INTENT,
        (key, value) -> {
          IntentRecord intent = Records.parse(value, IntentRecord.parser());
          return "prepared part of a change that shard %d coordinates, %d inodes are locked for it"
              .formatted(Keys.number(key, 0), intent.getLockedCount());
        });
    list(
        page,
        Table.DECISIONS,
        PendingRecord.Kind.DECISION,
        (key, value) ->
            "decided change that not all of the shards %s have carried out"
                .formatted(Records.parse(value, DecisionRecord.parser()).getParticipantsList()));
    list(
        page,
        Table.TRUNCATIONS,
        PendingRecord.Kind.TRUNCATION,
        (key, value) -> {
          TruncationRecord record = Records.parse(value, TruncationRecord.parser());
          return "truncation of inode %s to %d bytes, chunks on %s"
              .formatted(
                  Ids.text(Keys.number(key, 0)), record.getSize(), where(record.getLayout()));
        });
    list(
        page,
        Table.GARBAGE,
        PendingRecord.Kind.GARBAGE,
        (key, value) ->
            "removal of the chunks of inode %s on %s"
                .formatted(
                    Ids.text(Keys.number(key, 0)),
                    where(Records.parse(value, GarbageRecord.parser()).getLayout())));
  }

  private static String where(LayoutMessage layout) {
    return "storage "
        + (layout.getKind().name().toLowerCase(Locale.ROOT).contains("mirror")
            ? "groups "
            : "targets ")
        + layout.getStripesList();
  }

  private interface Text {
    String of(byte[] key, byte[] value);
  }

  private void list(Page page, Table table, PendingRecord.Kind kind, Text text)
      throws DiskException {
    int[] count = {0};
    boolean ofInode = table == Table.TRUNCATIONS || table == Table.GARBAGE;
    long rounds = removalRounds.count();
    shard
        .records()
        .scan(
            table,
            Keys.first(),
            Keys.end(),
            (key, value) -> {
              page.visited[0]++;
              page.reply.addPending(
                  PendingRecord.newBuilder()
                      .setKind(kind)
                      .setKey(ByteString.copyFrom(key))
                      .setText(text.of(key, value))
                      .setInode(ofInode ? Keys.number(key, 0) : 0)
                      .setRounds(rounds));
              return ++count[0] < DAMAGE_MAX;
            });
  }
}
