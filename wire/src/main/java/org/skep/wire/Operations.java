package org.skep.wire;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.wire.Operation.Destination;
import org.skep.wire.message.AbortRequest;
import org.skep.wire.message.AddMirrorGroupsReply;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.AdoptRequest;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.AppendBatchesReply;
import org.skep.wire.message.AppendBatchesRequest;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.CancelLockRequest;
import org.skep.wire.message.CheckRecordsReply;
import org.skep.wire.message.CheckRecordsRequest;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.ChunkSumsReply;
import org.skep.wire.message.ChunkSumsRequest;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.CommitRequest;
import org.skep.wire.message.CompareChunksReply;
import org.skep.wire.message.CompareChunksRequest;
import org.skep.wire.message.CompareShardReply;
import org.skep.wire.message.CompareShardRequest;
import org.skep.wire.message.ConfirmRequest;
import org.skep.wire.message.CopyChunkRequest;
import org.skep.wire.message.CopyRangeRequest;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.EndSessionRequest;
import org.skep.wire.message.Entry;
import org.skep.wire.message.EqualizeChunkRequest;
import org.skep.wire.message.ExamineReply;
import org.skep.wire.message.ExamineRequest;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;
import org.skep.wire.message.GetLockReply;
import org.skep.wire.message.GetLockRequest;
import org.skep.wire.message.GetPatternRequest;
import org.skep.wire.message.GetXattrReply;
import org.skep.wire.message.GetXattrRequest;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.InodesExistReply;
import org.skep.wire.message.InodesExistRequest;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.LinkRequest;
import org.skep.wire.message.ListChunksReply;
import org.skep.wire.message.ListChunksRequest;
import org.skep.wire.message.ListCopiesRequest;
import org.skep.wire.message.ListXattrsReply;
import org.skep.wire.message.ListXattrsRequest;
import org.skep.wire.message.LockInodesReply;
import org.skep.wire.message.LockInodesRequest;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.OpenRequest;
import org.skep.wire.message.OutcomeReply;
import org.skep.wire.message.OutcomeRequest;
import org.skep.wire.message.PatternMessage;
import org.skep.wire.message.PrepareReply;
import org.skep.wire.message.PrepareRequest;
import org.skep.wire.message.PunchChunkRequest;
import org.skep.wire.message.RangeDigestReply;
import org.skep.wire.message.RangeDigestRequest;
import org.skep.wire.message.ReadChunkReply;
import org.skep.wire.message.ReadChunkRequest;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;
import org.skep.wire.message.ReadLinkReply;
import org.skep.wire.message.ReadLinkRequest;
import org.skep.wire.message.RegisterReply;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.ReleaseLocksRequest;
import org.skep.wire.message.RemoveChunksRequest;
import org.skep.wire.message.RemoveDirectoryRequest;
import org.skep.wire.message.RemoveMirrorGroupRequest;
import org.skep.wire.message.RemoveXattrRequest;
import org.skep.wire.message.RenameRequest;
import org.skep.wire.message.RenewSessionReply;
import org.skep.wire.message.RenewSessionRequest;
import org.skep.wire.message.RepairReply;
import org.skep.wire.message.RepairRequest;
import org.skep.wire.message.ReserveAppendReply;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.ResyncBeginReply;
import org.skep.wire.message.ResyncBeginRequest;
import org.skep.wire.message.ResyncEndRequest;
import org.skep.wire.message.ResyncShardBeginReply;
import org.skep.wire.message.ResyncShardBeginRequest;
import org.skep.wire.message.ResyncShardEndRequest;
import org.skep.wire.message.ResyncStatsReply;
import org.skep.wire.message.ResyncStatsRequest;
import org.skep.wire.message.ResyncedRequest;
import org.skep.wire.message.RetireShardReply;
import org.skep.wire.message.RetireShardRequest;
import org.skep.wire.message.ScanEntriesReply;
import org.skep.wire.message.ScanEntriesRequest;
import org.skep.wire.message.ScanInodesReply;
import org.skep.wire.message.ScanInodesRequest;
import org.skep.wire.message.SeekChunkReply;
import org.skep.wire.message.SeekChunkRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;
import org.skep.wire.message.SetPatternRequest;
import org.skep.wire.message.SetStateRequest;
import org.skep.wire.message.SetXattrRequest;
import org.skep.wire.message.ShardContentsReply;
import org.skep.wire.message.ShardContentsRequest;
import org.skep.wire.message.ShardResyncStatsReply;
import org.skep.wire.message.ShardResyncStatsRequest;
import org.skep.wire.message.StartResyncReply;
import org.skep.wire.message.StartResyncRequest;
import org.skep.wire.message.StartShardResyncReply;
import org.skep.wire.message.StartShardResyncRequest;
import org.skep.wire.message.StatChunkRequest;
import org.skep.wire.message.StatChunksReply;
import org.skep.wire.message.StatChunksRequest;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.SuspectRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.SyncMetadataReply;
import org.skep.wire.message.SyncMetadataRequest;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.UndoTailReply;
import org.skep.wire.message.UndoTailRequest;
import org.skep.wire.message.UnlinkRequest;
import org.skep.wire.message.UpdateWrittenRequest;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;
import org.skep.wire.message.WriteChunkRequest;

/// All requests there are. A number, once given, keeps its meaning for ever.
public final class Operations {
  private static final List<Operation<?, ?>> ALL = new ArrayList<>();

  public static final Operation<RegisterRequest, RegisterReply> REGISTER =
      managementForServers(0x101, "register", RegisterRequest.parser(), RegisterReply.parser());
  public static final Operation<HeartbeatRequest, HeartbeatReply> HEARTBEAT =
      managementForServers(0x102, "heartbeat", HeartbeatRequest.parser(), HeartbeatReply.parser());
  public static final Operation<LeaveRequest, Empty> LEAVE =
      managementForServers(0x103, "leave", LeaveRequest.parser(), Empty.parser());
  public static final Operation<WatchMapRequest, WatchMapReply> WATCH_MAP =
      management(0x104, "watch-map", WatchMapRequest.parser(), WatchMapReply.parser());
  public static final Operation<StatusRequest, StatusReply> STATUS =
      management(0x105, "status", StatusRequest.parser(), StatusReply.parser());
  public static final Operation<SuspectRequest, Empty> SUSPECT =
      management(0x106, "suspect", SuspectRequest.parser(), Empty.parser());
  public static final Operation<AddMirrorGroupsRequest, AddMirrorGroupsReply> ADD_MIRROR_GROUPS =
      management(
          0x107,
          "add-mirror-groups",
          AddMirrorGroupsRequest.parser(),
          AddMirrorGroupsReply.parser());
  public static final Operation<RemoveMirrorGroupRequest, Empty> REMOVE_MIRROR_GROUP =
      management(0x108, "remove-mirror-group", RemoveMirrorGroupRequest.parser(), Empty.parser());
  public static final Operation<SetStateRequest, Empty> SET_STATE =
      management(0x109, "set-state", SetStateRequest.parser(), Empty.parser());
  public static final Operation<ResyncedRequest, Empty> RESYNCED =
      managementForServers(0x10a, "resynced", ResyncedRequest.parser(), Empty.parser());
  public static final Operation<DemandResyncRequest, Empty> DEMAND_RESYNC =
      managementForServers(0x10b, "demand-resync", DemandResyncRequest.parser(), Empty.parser());
  public static final Operation<ShardContentsRequest, ShardContentsReply> SHARD_CONTENTS =
      management(
          0x10c, "shard-contents", ShardContentsRequest.parser(), ShardContentsReply.parser());
  public static final Operation<RenewSessionRequest, RenewSessionReply> RENEW_SESSION =
      shard(0x201, "renew-session", RenewSessionRequest.parser(), RenewSessionReply.parser());
  public static final Operation<EndSessionRequest, Empty> END_SESSION =
      shard(0x202, "end-session", EndSessionRequest.parser(), Empty.parser());
  public static final Operation<LookupRequest, Entry> LOOKUP =
      shard(0x203, "lookup", LookupRequest.parser(), Entry.parser());
  public static final Operation<GetAttributesRequest, GetAttributesReply> GET_ATTRIBUTES =
      shard(0x204, "get-attributes", GetAttributesRequest.parser(), GetAttributesReply.parser());
  public static final Operation<ReadLinkRequest, ReadLinkReply> READ_LINK =
      shard(0x205, "read-link", ReadLinkRequest.parser(), ReadLinkReply.parser());
  public static final Operation<ReadDirectoryRequest, ReadDirectoryReply> READ_DIRECTORY =
      shard(0x206, "read-directory", ReadDirectoryRequest.parser(), ReadDirectoryReply.parser());
  public static final Operation<MakeNodeRequest, Entry> MAKE_NODE =
      shard(0x207, "make-node", MakeNodeRequest.parser(), Entry.parser());
  public static final Operation<MakeDirectoryRequest, Entry> MAKE_DIRECTORY =
      shard(0x208, "make-directory", MakeDirectoryRequest.parser(), Entry.parser());
  public static final Operation<CreateRequest, CreateReply> CREATE =
      shard(0x209, "create", CreateRequest.parser(), CreateReply.parser());
  public static final Operation<CreateUnnamedRequest, Entry> CREATE_UNNAMED =
      shard(0x20a, "create-unnamed", CreateUnnamedRequest.parser(), Entry.parser());
  public static final Operation<UnlinkRequest, Empty> UNLINK =
      shard(0x20b, "unlink", UnlinkRequest.parser(), Empty.parser());
  public static final Operation<RemoveDirectoryRequest, Empty> REMOVE_DIRECTORY =
      shard(0x20c, "remove-directory", RemoveDirectoryRequest.parser(), Empty.parser());
  public static final Operation<LinkRequest, Entry> LINK =
      shard(0x20d, "link", LinkRequest.parser(), Entry.parser());
  public static final Operation<RenameRequest, Empty> RENAME =
      shard(0x20e, "rename", RenameRequest.parser(), Empty.parser());
  public static final Operation<SetAttributesRequest, Attributes> SET_ATTRIBUTES =
      shard(0x20f, "set-attributes", SetAttributesRequest.parser(), Attributes.parser());
  public static final Operation<OpenRequest, Attributes> OPEN =
      shard(0x210, "open", OpenRequest.parser(), Attributes.parser());
  public static final Operation<UpdateWrittenRequest, Attributes> UPDATE_WRITTEN =
      shard(0x211, "update-written", UpdateWrittenRequest.parser(), Attributes.parser());
  public static final Operation<CloseRequest, Empty> CLOSE =
      shard(0x212, "close", CloseRequest.parser(), Empty.parser());
  public static final Operation<ReserveAppendRequest, ReserveAppendReply> RESERVE_APPEND =
      shard(0x213, "reserve-append", ReserveAppendRequest.parser(), ReserveAppendReply.parser());
  public static final Operation<SyncMetadataRequest, SyncMetadataReply> SYNC_METADATA =
      shard(0x214, "sync-metadata", SyncMetadataRequest.parser(), SyncMetadataReply.parser());
  public static final Operation<GetXattrRequest, GetXattrReply> GET_XATTR =
      shard(0x215, "get-xattr", GetXattrRequest.parser(), GetXattrReply.parser());
  public static final Operation<ListXattrsRequest, ListXattrsReply> LIST_XATTRS =
      shard(0x216, "list-xattrs", ListXattrsRequest.parser(), ListXattrsReply.parser());
  public static final Operation<SetXattrRequest, Empty> SET_XATTR =
      shard(0x217, "set-xattr", SetXattrRequest.parser(), Empty.parser());
  public static final Operation<RemoveXattrRequest, Empty> REMOVE_XATTR =
      shard(0x218, "remove-xattr", RemoveXattrRequest.parser(), Empty.parser());
  public static final Operation<GetPatternRequest, PatternMessage> GET_PATTERN =
      shard(0x219, "get-pattern", GetPatternRequest.parser(), PatternMessage.parser());
  public static final Operation<SetPatternRequest, Empty> SET_PATTERN =
      shard(0x21a, "set-pattern", SetPatternRequest.parser(), Empty.parser());
  public static final Operation<GetLockRequest, GetLockReply> GET_LOCK =
      shard(0x21b, "get-lock", GetLockRequest.parser(), GetLockReply.parser());
  public static final Operation<SetLockRequest, SetLockReply> SET_LOCK =
      shard(0x21c, "set-lock", SetLockRequest.parser(), SetLockReply.parser());
  public static final Operation<CancelLockRequest, Empty> CANCEL_LOCK =
      shard(0x21d, "cancel-lock", CancelLockRequest.parser(), Empty.parser());
  public static final Operation<ReleaseLocksRequest, Empty> RELEASE_LOCKS =
      shard(0x21e, "release-locks", ReleaseLocksRequest.parser(), Empty.parser());
  public static final Operation<LockInodesRequest, LockInodesReply> LOCK_INODES =
      shardForServers(0x21f, "lock-inodes", LockInodesRequest.parser(), LockInodesReply.parser());
  public static final Operation<PrepareRequest, PrepareReply> PREPARE =
      shardForServers(0x220, "prepare", PrepareRequest.parser(), PrepareReply.parser());
  public static final Operation<CommitRequest, Empty> COMMIT =
      shardForServers(0x221, "commit", CommitRequest.parser(), Empty.parser());
  public static final Operation<AbortRequest, Empty> ABORT =
      shardForServers(0x222, "abort", AbortRequest.parser(), Empty.parser());
  public static final Operation<OutcomeRequest, OutcomeReply> OUTCOME =
      shardForServers(0x223, "outcome", OutcomeRequest.parser(), OutcomeReply.parser());
  public static final Operation<InodesExistRequest, InodesExistReply> INODES_EXIST =
      shardForServers(
          0x224, "inodes-exist", InodesExistRequest.parser(), InodesExistReply.parser());
  public static final Operation<AppendBatchesRequest, AppendBatchesReply> APPEND_BATCHES =
      shardForServers(
          0x225, "append-batches", AppendBatchesRequest.parser(), AppendBatchesReply.parser());
  public static final Operation<ResyncShardBeginRequest, ResyncShardBeginReply> RESYNC_SHARD_BEGIN =
      shardForServers(
          0x226,
          "resync-shard-begin",
          ResyncShardBeginRequest.parser(),
          ResyncShardBeginReply.parser());
  public static final Operation<UndoTailRequest, UndoTailReply> UNDO_TAIL =
      shardForServers(0x227, "undo-tail", UndoTailRequest.parser(), UndoTailReply.parser());
  public static final Operation<CopyRangeRequest, Empty> COPY_RANGE =
      shardForServers(0x228, "copy-range", CopyRangeRequest.parser(), Empty.parser());
  public static final Operation<RangeDigestRequest, RangeDigestReply> RANGE_DIGEST =
      shardForServers(
          0x229, "range-digest", RangeDigestRequest.parser(), RangeDigestReply.parser());
  public static final Operation<ResyncShardEndRequest, Empty> RESYNC_SHARD_END =
      shardForServers(0x22a, "resync-shard-end", ResyncShardEndRequest.parser(), Empty.parser());
  public static final Operation<ConfirmRequest, Empty> CONFIRM_SHARD =
      shardForServers(0x22b, "confirm-shard", ConfirmRequest.parser(), Empty.parser());
  public static final Operation<StartShardResyncRequest, StartShardResyncReply> START_SHARD_RESYNC =
      shard(
          0x22c,
          "start-shard-resync",
          StartShardResyncRequest.parser(),
          StartShardResyncReply.parser());
  public static final Operation<ShardResyncStatsRequest, ShardResyncStatsReply> SHARD_RESYNC_STATS =
      shard(
          0x22d,
          "shard-resync-stats",
          ShardResyncStatsRequest.parser(),
          ShardResyncStatsReply.parser());
  public static final Operation<RetireShardRequest, RetireShardReply> RETIRE_SHARD =
      shardForServers(
          0x22e, "retire-shard", RetireShardRequest.parser(), RetireShardReply.parser());
  public static final Operation<ScanInodesRequest, ScanInodesReply> SCAN_INODES =
      shard(0x230, "scan-inodes", ScanInodesRequest.parser(), ScanInodesReply.parser());
  public static final Operation<ScanEntriesRequest, ScanEntriesReply> SCAN_ENTRIES =
      shard(0x231, "scan-entries", ScanEntriesRequest.parser(), ScanEntriesReply.parser());
  public static final Operation<ExamineRequest, ExamineReply> EXAMINE =
      shard(0x232, "examine", ExamineRequest.parser(), ExamineReply.parser());
  public static final Operation<CheckRecordsRequest, CheckRecordsReply> CHECK_RECORDS =
      shard(0x233, "check-records", CheckRecordsRequest.parser(), CheckRecordsReply.parser());
  public static final Operation<RepairRequest, RepairReply> REPAIR =
      shard(0x234, "repair", RepairRequest.parser(), RepairReply.parser());
  public static final Operation<AdoptRequest, Entry> ADOPT =
      shard(0x235, "adopt", AdoptRequest.parser(), Entry.parser());
  public static final Operation<CompareShardRequest, CompareShardReply> COMPARE_SHARD =
      shard(0x236, "compare-shard", CompareShardRequest.parser(), CompareShardReply.parser());
  public static final Operation<WriteChunkRequest, ChunkState> WRITE_CHUNK =
      storage(0x301, "write-chunk", WriteChunkRequest.parser(), ChunkState.parser());
  public static final Operation<ReadChunkRequest, ReadChunkReply> READ_CHUNK =
      storage(0x302, "read-chunk", ReadChunkRequest.parser(), ReadChunkReply.parser());
  public static final Operation<TruncateChunkRequest, ChunkState> TRUNCATE_CHUNK =
      storage(0x303, "truncate-chunk", TruncateChunkRequest.parser(), ChunkState.parser());
  public static final Operation<PunchChunkRequest, ChunkState> PUNCH_CHUNK =
      storage(0x304, "punch-chunk", PunchChunkRequest.parser(), ChunkState.parser());
  public static final Operation<AllocateChunkRequest, ChunkState> ALLOCATE_CHUNK =
      storage(0x305, "allocate-chunk", AllocateChunkRequest.parser(), ChunkState.parser());
  public static final Operation<SyncChunkRequest, ChunkState> SYNC_CHUNK =
      storage(0x306, "sync-chunk", SyncChunkRequest.parser(), ChunkState.parser());
  public static final Operation<StatChunkRequest, ChunkState> STAT_CHUNK =
      storage(0x307, "stat-chunk", StatChunkRequest.parser(), ChunkState.parser());
  public static final Operation<SeekChunkRequest, SeekChunkReply> SEEK_CHUNK =
      storage(0x308, "seek-chunk", SeekChunkRequest.parser(), SeekChunkReply.parser());
  public static final Operation<RemoveChunksRequest, Empty> REMOVE_CHUNKS =
      storage(0x309, "remove-chunks", RemoveChunksRequest.parser(), Empty.parser());
  public static final Operation<ListChunksRequest, ListChunksReply> LIST_CHUNKS =
      storage(0x30a, "list-chunks", ListChunksRequest.parser(), ListChunksReply.parser());
  public static final Operation<ConfirmRequest, Empty> CONFIRM =
      storageForServers(0x30b, "confirm", ConfirmRequest.parser(), Empty.parser());
  public static final Operation<ChunkSumsRequest, ChunkSumsReply> CHUNK_SUMS =
      storageForServers(0x30c, "chunk-sums", ChunkSumsRequest.parser(), ChunkSumsReply.parser());
  public static final Operation<CopyChunkRequest, Empty> COPY_CHUNK =
      storageForServers(0x30d, "copy-chunk", CopyChunkRequest.parser(), Empty.parser());
  public static final Operation<ResyncBeginRequest, ResyncBeginReply> RESYNC_BEGIN =
      storageForServers(
          0x30e, "resync-begin", ResyncBeginRequest.parser(), ResyncBeginReply.parser());
  public static final Operation<ResyncEndRequest, Empty> RESYNC_END =
      storageForServers(0x30f, "resync-end", ResyncEndRequest.parser(), Empty.parser());
  public static final Operation<StartResyncRequest, StartResyncReply> START_RESYNC =
      storage(0x310, "start-resync", StartResyncRequest.parser(), StartResyncReply.parser());
  public static final Operation<ResyncStatsRequest, ResyncStatsReply> RESYNC_STATS =
      storage(0x311, "resync-stats", ResyncStatsRequest.parser(), ResyncStatsReply.parser());
  public static final Operation<StatChunksRequest, StatChunksReply> STAT_CHUNKS =
      storage(0x320, "stat-chunks", StatChunksRequest.parser(), StatChunksReply.parser());
  public static final Operation<ListCopiesRequest, ListChunksReply> LIST_COPIES =
      storage(0x321, "list-copies", ListCopiesRequest.parser(), ListChunksReply.parser());
  public static final Operation<CompareChunksRequest, CompareChunksReply> COMPARE_CHUNKS =
      storage(0x322, "compare-chunks", CompareChunksRequest.parser(), CompareChunksReply.parser());
  public static final Operation<EqualizeChunkRequest, Empty> EQUALIZE_CHUNK =
      storage(0x323, "equalize-chunk", EqualizeChunkRequest.parser(), Empty.parser());

  private Operations() {}

  private static <Q extends MessageLite, R extends MessageLite>
      Operation<Q, R> managementForServers(
          int code, String name, Parser<Q> request, Parser<R> reply) {
    return add(new Operation<>(code, name, Destination.MANAGEMENT, true, request, reply));
  }

  private static <Q extends MessageLite, R extends MessageLite> Operation<Q, R> management(
      int code, String name, Parser<Q> request, Parser<R> reply) {
    return add(new Operation<>(code, name, Destination.MANAGEMENT, false, request, reply));
  }

  private static <Q extends MessageLite, R extends MessageLite> Operation<Q, R> shard(
      int code, String name, Parser<Q> request, Parser<R> reply) {
    return add(new Operation<>(code, name, Destination.SHARD, false, request, reply));
  }

  private static <Q extends MessageLite, R extends MessageLite> Operation<Q, R> shardForServers(
      int code, String name, Parser<Q> request, Parser<R> reply) {
    return add(new Operation<>(code, name, Destination.SHARD, true, request, reply));
  }

  private static <Q extends MessageLite, R extends MessageLite> Operation<Q, R> storage(
      int code, String name, Parser<Q> request, Parser<R> reply) {
    return add(new Operation<>(code, name, Destination.STORAGE, false, request, reply));
  }

  private static <Q extends MessageLite, R extends MessageLite> Operation<Q, R> storageForServers(
      int code, String name, Parser<Q> request, Parser<R> reply) {
    return add(new Operation<>(code, name, Destination.STORAGE, true, request, reply));
  }

  private static <Q extends MessageLite, R extends MessageLite> Operation<Q, R> add(
      Operation<Q, R> operation) {
    ALL.add(operation);
    return operation;
  }

  public static List<Operation<?, ?>> all() {
    return List.copyOf(ALL);
  }

  /// The operation with this number, or null.
  public static @Nullable Operation<?, ?> byCode(int code) {
    return ALL.stream().filter(operation -> operation.code() == code).findFirst().orElse(null);
  }
}
