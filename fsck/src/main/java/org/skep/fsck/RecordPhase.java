package org.skep.fsck;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.skep.cluster.Ids;
import org.skep.wire.Operations;
import org.skep.wire.message.CheckRecordsReply;
import org.skep.wire.message.CheckRecordsRequest;
import org.skep.wire.message.CheckRecordsRequest.Records;
import org.skep.wire.message.RecordDamage;
import org.skep.wire.message.RepairReply;
import org.skep.wire.message.RepairRequest;

/// What of a shard's records does not fit together. The shards look themselves, and again under
/// locks.
final class RecordPhase {
  private static final String NAME = "records";

  /// More than this is repaired by another check.
  private static final int KEPT_MAX = 100_000;

  private final Servers servers;
  private final Report report;
  private long visited;

  RecordPhase(Servers servers, Report report) {
    this.servers = servers;
    this.report = report;
  }

  void run() throws NoAnswerException {
    for (int shard : servers.shards()) {
      try {
        check(shard);
      } catch (NoAnswerException e) {
        report.gap("records of shard " + shard + ": " + e.reason());
      }
    }
  }

  private void check(int shard) throws NoAnswerException {
    for (Records records : Records.values()) {
      if (records != Records.PENDING && records != Records.UNRECOGNIZED) {
        settle(shard, look(shard, records));
      }
    }
  }

  private List<RecordDamage> look(int shard, Records records) throws NoAnswerException {
    List<RecordDamage> found = new ArrayList<>();
    ByteString cursor = ByteString.EMPTY;
    boolean end = false;
    while (!end) {
      CheckRecordsReply reply =
          servers.shard(
              shard,
              Operations.CHECK_RECORDS,
              CheckRecordsRequest.newBuilder().setRecords(records).setCursor(cursor).build());
      Servers.check(reply.getEnd() || !reply.getCursor().equals(cursor), shard);
      for (RecordDamage damage : reply.getDamageList()) {
        if (found.size() < KEPT_MAX) {
          found.add(damage);
        }
      }
      cursor = reply.getCursor();
      end = reply.getEnd();
      visited += reply.getVisited();
      report.progress(NAME, visited, reply.getPermille());
    }
    return found;
  }

  private void settle(int shard, List<RecordDamage> found) throws NoAnswerException {
    Map<Damage, List<RecordDamage>> byKind = new LinkedHashMap<>();
    found.forEach(
        one -> byKind.computeIfAbsent(kind(one.getKind()), _ -> new ArrayList<>()).add(one));
    for (Map.Entry<Damage, List<RecordDamage>> some : byKind.entrySet()) {
      Damage damage = some.getKey();
      boolean repair = report.mayRepair(damage, some.getValue().size());
      Set<Long> done = new HashSet<>();
      for (RecordDamage one : some.getValue()) {
        if (!repair) {
          report.add(Finding.left(damage, where(shard, one), text(one), report.whyLeft(damage)));
        } else if (damage == Damage.DIRECTORY_RECORDS && done.contains(one.getInode())) {
          report.add(Finding.repaired(damage, where(shard, one), text(one), damage.repair()));
        } else {
          repair(servers, report, shard, one, where(shard, one), text(one));
          done.add(one.getInode());
        }
      }
    }
  }

  /// Has a shard repair one damage, and tells it.
  static void repair(
      Servers servers, Report report, int shard, RecordDamage one, String where, String text)
      throws NoAnswerException {
    Damage damage = kind(one.getKind());
    RepairReply reply =
        servers.shard(shard, Operations.REPAIR, RepairRequest.newBuilder().setDamage(one).build());
    report.add(
        reply.getRepaired()
            ? Finding.repaired(damage, where, text, damage.repair())
            : Finding.left(damage, where, text, "not repaired: " + reply.getText()));
  }

  static Damage kind(RecordDamage.Kind kind) {
    return switch (kind) {
      case ENTRY_IN_NO_DIRECTORY, LISTING_IN_NO_DIRECTORY -> Damage.ENTRY_IN_NO_DIRECTORY;
      case ENTRY_NOT_LISTED,
          LISTING_WITHOUT_ENTRY,
          WRONG_ENTRY_COUNT,
          WRONG_DIRECTORY_LINKS,
          COOKIE_BEHIND_LAST ->
          Damage.DIRECTORY_RECORDS;
      case XATTR_WITHOUT_INODE -> Damage.XATTR_WITHOUT_INODE;
      case OPENING_WITHOUT_INODE, LOCK_WITHOUT_INODE -> Damage.OPENING_WITHOUT_INODE;
      case ORPHAN_WITHOUT_INODE, ORPHAN_WITH_NAME, UNNAMED_NOT_MARKED -> Damage.ORPHAN_RECORD;
      case UNNAMED_NOT_OPEN -> Damage.UNNAMED_NOT_OPEN;
      case GARBAGE_OF_LIVING_INODE -> Damage.GARBAGE_OF_LIVING_INODE;
      case ENTRY_WITHOUT_INODE -> Damage.ENTRY_WITHOUT_INODE;
      case WRONG_ENTRY_TYPE -> Damage.WRONG_ENTRY_TYPE;
      case WRONG_LINKS -> Damage.WRONG_LINKS;
      case WRONG_PARENT -> Damage.WRONG_PARENT;
      case SURPLUS_NAME -> Damage.SURPLUS_NAME;
      case CHUNKS_TOO_LONG -> Damage.CHUNK_TOO_LONG;
      case UNKNOWN, UNRECOGNIZED -> Damage.DIRECTORY_RECORDS;
    };
  }

  private static String where(int shard, RecordDamage one) {
    return "shard " + shard + ", inode " + Ids.text(one.getInode());
  }

  private static String text(RecordDamage one) {
    String name = "\"" + one.getName().toStringUtf8() + "\"";
    return switch (one.getKind()) {
      case ENTRY_IN_NO_DIRECTORY ->
          "entry " + name + " of a directory that is missing, leads to " + other(one);
      case LISTING_IN_NO_DIRECTORY -> "listing of " + name + " in a directory that is missing";
      case ENTRY_NOT_LISTED -> "entry " + name + " has no right place in the directory's listing";
      case LISTING_WITHOUT_ENTRY ->
          "listing of " + name + " at cookie " + one.getNumber() + ", of which there is no entry";
      case WRONG_ENTRY_COUNT ->
          "directory counts " + one.getRecorded() + " entries, has " + one.getNumber();
      case WRONG_DIRECTORY_LINKS ->
          "directory counts " + one.getRecorded() + " links, has " + one.getNumber();
      case COOKIE_BEHIND_LAST ->
          "cookie " + one.getNumber() + " is behind the last one given out, " + one.getRecorded();
      case XATTR_WITHOUT_INODE -> "extended attribute " + name + " of a missing inode";
      case OPENING_WITHOUT_INODE ->
          "opened by client " + Long.toHexString(one.getOther()) + ", but missing";
      case LOCK_WITHOUT_INODE ->
          "locked by client " + Long.toHexString(one.getOther()) + ", but missing";
      case ORPHAN_WITHOUT_INODE -> "marked as without a name, but missing";
      case ORPHAN_WITH_NAME -> "marked as without a name, but has " + one.getNumber() + " links";
      case UNNAMED_NOT_MARKED -> "without a name and open, but not marked so";
      case UNNAMED_NOT_OPEN -> "has no name, and nobody has it open";
      case GARBAGE_OF_LIVING_INODE -> "its chunks are to be removed, but it is there";
      default -> one.getKind().name();
    };
  }

  private static String other(RecordDamage one) {
    return "inode " + Ids.text(one.getOther());
  }
}
