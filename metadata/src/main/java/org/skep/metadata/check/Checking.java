package org.skep.metadata.check;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.chunk.Truncations;
import org.skep.metadata.lock.HeldLocks;
import org.skep.metadata.operation.ShardOperations;
import org.skep.metadata.replication.ContentReader;
import org.skep.metadata.state.Shard;
import org.skep.metadata.transaction.Coordinator;
import org.skep.metadata.transaction.Peers;
import org.skep.wire.Operations;

/// The operations by which `skep fsck` looks at a shard.
public final class Checking {
  private Checking() {}

  /// Adds them. Before the first request.
  ///
  /// @param content of the shard's store
  /// @param secondary the pair's second member while it has everything, else null
  /// @param removalRounds how often the removal of chunks has gone through all garbage
  public static void addTo(
      ShardOperations operations,
      Shard shard,
      Peers peers,
      HeldLocks locks,
      Truncations truncations,
      Coordinator coordinator,
      RecordCheck.Rounds removalRounds,
      ContentReader content,
      Supplier<@Nullable SecondaryDigests> secondary) {
    Examination examination = new Examination(shard);
    DirectoryCheck directories = new DirectoryCheck(shard);
    operations.add(Operations.SCAN_INODES, new InodeScan(shard));
    operations.add(Operations.SCAN_ENTRIES, new EntryScan(shard));
    operations.add(Operations.EXAMINE, examination);
    operations.add(Operations.CHECK_RECORDS, new RecordCheck(shard, directories, removalRounds));
    operations.add(
        Operations.REPAIR,
        new Repair(
            shard, directories, new Inspector(shard, examination, peers), locks, truncations));
    operations.add(Operations.COMPARE_SHARD, new ShardComparison(shard, content, secondary));
    operations.add(Operations.ADOPT, new Adoption(shard, coordinator));
  }
}
