package org.skep.metadata.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WALRecoveryMode;

/// RocksDB's settings for a metadata target: little memory, many short keys, a log that is the
/// truth.
///
/// Recovery of the log is *point in time*: it takes the longest undamaged beginning, and with it
/// everything that was synced, as a sync covers all before it. *Absolute consistency* would refuse
/// to start after each loss of power, because the last record is torn then.
final class RocksTuning implements AutoCloseable {

  /// What all memtables hold together before they are written out.
  private static final long MEMTABLES_BYTES = 64L << 20;

  private static final long BLOCK_CACHE_BYTES = 64L << 20;
  private static final long FAMILY_MEMTABLE_BYTES = 16L << 20;
  private static final long SMALL_FAMILY_MEMTABLE_BYTES = 4L << 20;

  /// Files of the log are this large, so that few pieces are left when its front goes.
  private static final long LOG_FAMILY_FILE_BYTES = 16L << 20;

  /// Bounds the time of a restart, which reads the log.
  private static final long LOG_BYTES = 128L << 20;

  private static final int OPEN_FILES = 512;
  private static final int FILTER_BITS_PER_KEY = 10;

  private final Cache cache = new LRUCache(BLOCK_CACHE_BYTES);
  private final BloomFilter filter = new BloomFilter(FILTER_BITS_PER_KEY);
  private final ColumnFamilyOptions large = family(FAMILY_MEMTABLE_BYTES);
  private final ColumnFamilyOptions small = family(SMALL_FAMILY_MEMTABLE_BYTES);
  private final ColumnFamilyOptions log = queue();
  private final DBOptions database =
      new DBOptions()
          .setCreateMissingColumnFamilies(true)
          .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
          .setDbWriteBufferSize(MEMTABLES_BYTES)
          .setMaxTotalWalSize(LOG_BYTES)
          .setMaxOpenFiles(OPEN_FILES)
          .setMaxBackgroundJobs(2)
          .setStatsDumpPeriodSec(0)
          .setKeepLogFileNum(2)
          .setInfoLogLevel(InfoLogLevel.WARN_LEVEL);

  /// @param create whether a missing database is made
  RocksTuning(boolean create) {
    database.setCreateIfMissing(create);
  }

  private ColumnFamilyOptions family(long memtableBytes) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setFilterPolicy(filter)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true);
    return new ColumnFamilyOptions()
        .setWriteBufferSize(memtableBytes)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(table);
  }

  /// Keys only grow, and go in front: files never overlap, so they sink to the lowest level without
  /// being written again, and are dropped as a whole. Nobody asks for keys that are not there.
  private ColumnFamilyOptions queue() {
    BlockBasedTableConfig table = new BlockBasedTableConfig().setBlockCache(cache);
    return new ColumnFamilyOptions()
        .setWriteBufferSize(FAMILY_MEMTABLE_BYTES)
        .setTargetFileSizeBase(LOG_FAMILY_FILE_BYTES)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(table);
  }

  DBOptions database() {
    return database;
  }

  /// The default family, then those of the tables in their order.
  List<ColumnFamilyDescriptor> families() {
    List<ColumnFamilyDescriptor> families = new ArrayList<>();
    families.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, small));
    for (Table table : Table.values()) {
      families.add(
          new ColumnFamilyDescriptor(
              table.label().getBytes(StandardCharsets.US_ASCII), options(table)));
    }
    return families;
  }

  private ColumnFamilyOptions options(Table table) {
    return switch (table) {
      case INODES, ENTRIES, COOKIES, XATTRS, REPLIES -> large;
      case META, OPENINGS, ORPHANS, GARBAGE, TRUNCATIONS, LOCKS, SESSIONS, INTENTS, DECISIONS ->
          small;
      case LOG -> log;
    };
  }

  @Override
  public void close() {
    database.close();
    large.close();
    small.close();
    log.close();
    filter.close();
    cache.close();
  }
}
