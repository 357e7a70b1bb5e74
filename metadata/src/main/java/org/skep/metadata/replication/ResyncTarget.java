package org.skep.metadata.replication;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The primary's line to a secondary that is brought up to date: the methods of [ShardReplica],
/// over the network. Used by one thread. All fail with an IOException if there is no answer or a
/// refusal; then the resync begins anew.
public interface ResyncTarget {

  /// What the secondary has.
  ///
  /// @param shard whose content it is; 0: none
  /// @param last number of its last batch
  /// @param lives the lives of its content (`BatchLives`), empty if it has none
  /// @param copying it is in the middle of a copy
  /// @param unsure its host may have lost some of it
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Holding(int shard, long last, byte[] lives, boolean copying, boolean unsure) {}

  /// @param copy it is going to be copied to ([ShardReplica#beginCopy])
  Holding begin(boolean copy) throws IOException, InterruptedException;

  /// [ShardReplica#tail]; null: too much.
  @Nullable List<TableKey> tail(long common) throws IOException, InterruptedException;

  /// [ShardReplica#undo].
  void undo(long common, List<StoredEntry> present, boolean finish)
      throws IOException, InterruptedException;

  /// [ShardReplica#digest] of up to [ContentCopy#RANGES_MAX] ranges, in their order.
  List<RangeDigest> digests(List<KeyRange> ranges) throws IOException, InterruptedException;

  /// [ShardReplica#copy].
  void copy(KeyRange range, List<StoredEntry> entries) throws IOException, InterruptedException;

  /// [ShardReplica#endCopy].
  void endCopy(long last) throws IOException, InterruptedException;
}
