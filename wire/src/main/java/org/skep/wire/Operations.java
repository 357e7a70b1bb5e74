package org.skep.wire;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.wire.Operation.Destination;
import org.skep.wire.message.AbortRequest;
import org.skep.wire.message.AllocateChunkRequest;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.CancelLockRequest;
import org.skep.wire.message.ChunkState;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.CommitRequest;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.CreateUnnamedRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.EndSessionRequest;
import org.skep.wire.message.Entry;
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
import org.skep.wire.message.RemoveXattrRequest;
import org.skep.wire.message.RenameRequest;
import org.skep.wire.message.RenewSessionReply;
import org.skep.wire.message.RenewSessionRequest;
import org.skep.wire.message.ReserveAppendReply;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.SeekChunkReply;
import org.skep.wire.message.SeekChunkRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;
import org.skep.wire.message.SetPatternRequest;
import org.skep.wire.message.SetXattrRequest;
import org.skep.wire.message.StatChunkRequest;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.SyncChunkRequest;
import org.skep.wire.message.SyncMetadataRequest;
import org.skep.wire.message.TruncateChunkRequest;
import org.skep.wire.message.UnlinkRequest;
import org.skep.wire.message.UpdateWrittenRequest;
import org.skep.wire.message.WatchMapReply;
import org.skep.wire.message.WatchMapRequest;
import org.skep.wire.message.WriteChunkRequest;

/// All requests there are. A number, once given, keeps its meaning for ever.
public final class Operations {
  private static final List<Operation<?, ?>> ALL = new ArrayList<>();

  public static final Operation<RegisterRequest, RegisterReply> REGISTER =
      add(
          new Operation<>(
              0x101,
              "register",
              Destination.MANAGEMENT,
              true,
              RegisterRequest.parser(),
              RegisterReply.parser()));
  public static final Operation<HeartbeatRequest, HeartbeatReply> HEARTBEAT =
      add(
          new Operation<>(
              0x102,
              "heartbeat",
              Destination.MANAGEMENT,
              true,
              HeartbeatRequest.parser(),
              HeartbeatReply.parser()));
  public static final Operation<LeaveRequest, Empty> LEAVE =
      add(
          new Operation<>(
              0x103, "leave", Destination.MANAGEMENT, true, LeaveRequest.parser(), Empty.parser()));
  public static final Operation<WatchMapRequest, WatchMapReply> WATCH_MAP =
      add(
          new Operation<>(
              0x104,
              "watch-map",
              Destination.MANAGEMENT,
              false,
              WatchMapRequest.parser(),
              WatchMapReply.parser()));
  public static final Operation<StatusRequest, StatusReply> STATUS =
      add(
          new Operation<>(
              0x105,
              "status",
              Destination.MANAGEMENT,
              false,
              StatusRequest.parser(),
              StatusReply.parser()));
  public static final Operation<RenewSessionRequest, RenewSessionReply> RENEW_SESSION =
      add(
          new Operation<>(
              0x201,
              "renew-session",
              Destination.SHARD,
              false,
              RenewSessionRequest.parser(),
              RenewSessionReply.parser()));
  public static final Operation<EndSessionRequest, Empty> END_SESSION =
      add(
          new Operation<>(
              0x202,
              "end-session",
              Destination.SHARD,
              false,
              EndSessionRequest.parser(),
              Empty.parser()));
  public static final Operation<LookupRequest, Entry> LOOKUP =
      add(
          new Operation<>(
              0x203, "lookup", Destination.SHARD, false, LookupRequest.parser(), Entry.parser()));
  public static final Operation<GetAttributesRequest, GetAttributesReply> GET_ATTRIBUTES =
      add(
          new Operation<>(
              0x204,
              "get-attributes",
              Destination.SHARD,
              false,
              GetAttributesRequest.parser(),
              GetAttributesReply.parser()));
  public static final Operation<ReadLinkRequest, ReadLinkReply> READ_LINK =
      add(
          new Operation<>(
              0x205,
              "read-link",
              Destination.SHARD,
              false,
              ReadLinkRequest.parser(),
              ReadLinkReply.parser()));
  public static final Operation<ReadDirectoryRequest, ReadDirectoryReply> READ_DIRECTORY =
      add(
          new Operation<>(
              0x206,
              "read-directory",
              Destination.SHARD,
              false,
              ReadDirectoryRequest.parser(),
              ReadDirectoryReply.parser()));
  public static final Operation<MakeNodeRequest, Entry> MAKE_NODE =
      add(
          new Operation<>(
              0x207,
              "make-node",
              Destination.SHARD,
              false,
              MakeNodeRequest.parser(),
              Entry.parser()));
  public static final Operation<MakeDirectoryRequest, Entry> MAKE_DIRECTORY =
      add(
          new Operation<>(
              0x208,
              "make-directory",
              Destination.SHARD,
              false,
              MakeDirectoryRequest.parser(),
              Entry.parser()));
  public static final Operation<CreateRequest, CreateReply> CREATE =
      add(
          new Operation<>(
              0x209,
              "create",
              Destination.SHARD,
              false,
              CreateRequest.parser(),
              CreateReply.parser()));
  public static final Operation<CreateUnnamedRequest, Entry> CREATE_UNNAMED =
      add(
          new Operation<>(
              0x20a,
              "create-unnamed",
              Destination.SHARD,
              false,
              CreateUnnamedRequest.parser(),
              Entry.parser()));
  public static final Operation<UnlinkRequest, Empty> UNLINK =
      add(
          new Operation<>(
              0x20b, "unlink", Destination.SHARD, false, UnlinkRequest.parser(), Empty.parser()));
  public static final Operation<RemoveDirectoryRequest, Empty> REMOVE_DIRECTORY =
      add(
          new Operation<>(
              0x20c,
              "remove-directory",
              Destination.SHARD,
              false,
              RemoveDirectoryRequest.parser(),
              Empty.parser()));
  public static final Operation<LinkRequest, Entry> LINK =
      add(
          new Operation<>(
              0x20d, "link", Destination.SHARD, false, LinkRequest.parser(), Entry.parser()));
  public static final Operation<RenameRequest, Empty> RENAME =
      add(
          new Operation<>(
              0x20e, "rename", Destination.SHARD, false, RenameRequest.parser(), Empty.parser()));
  public static final Operation<SetAttributesRequest, Attributes> SET_ATTRIBUTES =
      add(
          new Operation<>(
              0x20f,
              "set-attributes",
              Destination.SHARD,
              false,
              SetAttributesRequest.parser(),
              Attributes.parser()));
  public static final Operation<OpenRequest, Attributes> OPEN =
      add(
          new Operation<>(
              0x210, "open", Destination.SHARD, false, OpenRequest.parser(), Attributes.parser()));
  public static final Operation<UpdateWrittenRequest, Attributes> UPDATE_WRITTEN =
      add(
          new Operation<>(
              0x211,
              "update-written",
              Destination.SHARD,
              false,
              UpdateWrittenRequest.parser(),
              Attributes.parser()));
  public static final Operation<CloseRequest, Empty> CLOSE =
      add(
          new Operation<>(
              0x212, "close", Destination.SHARD, false, CloseRequest.parser(), Empty.parser()));
  public static final Operation<ReserveAppendRequest, ReserveAppendReply> RESERVE_APPEND =
      add(
          new Operation<>(
              0x213,
              "reserve-append",
              Destination.SHARD,
              false,
              ReserveAppendRequest.parser(),
              ReserveAppendReply.parser()));
  public static final Operation<SyncMetadataRequest, Empty> SYNC_METADATA =
      add(
          new Operation<>(
              0x214,
              "sync-metadata",
              Destination.SHARD,
              false,
              SyncMetadataRequest.parser(),
              Empty.parser()));
  public static final Operation<GetXattrRequest, GetXattrReply> GET_XATTR =
      add(
          new Operation<>(
              0x215,
              "get-xattr",
              Destination.SHARD,
              false,
              GetXattrRequest.parser(),
              GetXattrReply.parser()));
  public static final Operation<ListXattrsRequest, ListXattrsReply> LIST_XATTRS =
      add(
          new Operation<>(
              0x216,
              "list-xattrs",
              Destination.SHARD,
              false,
              ListXattrsRequest.parser(),
              ListXattrsReply.parser()));
  public static final Operation<SetXattrRequest, Empty> SET_XATTR =
      add(
          new Operation<>(
              0x217,
              "set-xattr",
              Destination.SHARD,
              false,
              SetXattrRequest.parser(),
              Empty.parser()));
  public static final Operation<RemoveXattrRequest, Empty> REMOVE_XATTR =
      add(
          new Operation<>(
              0x218,
              "remove-xattr",
              Destination.SHARD,
              false,
              RemoveXattrRequest.parser(),
              Empty.parser()));
  public static final Operation<GetPatternRequest, PatternMessage> GET_PATTERN =
      add(
          new Operation<>(
              0x219,
              "get-pattern",
              Destination.SHARD,
              false,
              GetPatternRequest.parser(),
              PatternMessage.parser()));
  public static final Operation<SetPatternRequest, Empty> SET_PATTERN =
      add(
          new Operation<>(
              0x21a,
              "set-pattern",
              Destination.SHARD,
              false,
              SetPatternRequest.parser(),
              Empty.parser()));
  public static final Operation<GetLockRequest, GetLockReply> GET_LOCK =
      add(
          new Operation<>(
              0x21b,
              "get-lock",
              Destination.SHARD,
              false,
              GetLockRequest.parser(),
              GetLockReply.parser()));
  public static final Operation<SetLockRequest, SetLockReply> SET_LOCK =
      add(
          new Operation<>(
              0x21c,
              "set-lock",
              Destination.SHARD,
              false,
              SetLockRequest.parser(),
              SetLockReply.parser()));
  public static final Operation<CancelLockRequest, Empty> CANCEL_LOCK =
      add(
          new Operation<>(
              0x21d,
              "cancel-lock",
              Destination.SHARD,
              false,
              CancelLockRequest.parser(),
              Empty.parser()));
  public static final Operation<ReleaseLocksRequest, Empty> RELEASE_LOCKS =
      add(
          new Operation<>(
              0x21e,
              "release-locks",
              Destination.SHARD,
              false,
              ReleaseLocksRequest.parser(),
              Empty.parser()));
  public static final Operation<LockInodesRequest, LockInodesReply> LOCK_INODES =
      add(
          new Operation<>(
              0x21f,
              "lock-inodes",
              Destination.SHARD,
              true,
              LockInodesRequest.parser(),
              LockInodesReply.parser()));
  public static final Operation<PrepareRequest, PrepareReply> PREPARE =
      add(
          new Operation<>(
              0x220,
              "prepare",
              Destination.SHARD,
              true,
              PrepareRequest.parser(),
              PrepareReply.parser()));
  public static final Operation<CommitRequest, Empty> COMMIT =
      add(
          new Operation<>(
              0x221, "commit", Destination.SHARD, true, CommitRequest.parser(), Empty.parser()));
  public static final Operation<AbortRequest, Empty> ABORT =
      add(
          new Operation<>(
              0x222, "abort", Destination.SHARD, true, AbortRequest.parser(), Empty.parser()));
  public static final Operation<OutcomeRequest, OutcomeReply> OUTCOME =
      add(
          new Operation<>(
              0x223,
              "outcome",
              Destination.SHARD,
              true,
              OutcomeRequest.parser(),
              OutcomeReply.parser()));
  public static final Operation<InodesExistRequest, InodesExistReply> INODES_EXIST =
      add(
          new Operation<>(
              0x224,
              "inodes-exist",
              Destination.SHARD,
              true,
              InodesExistRequest.parser(),
              InodesExistReply.parser()));
  public static final Operation<WriteChunkRequest, ChunkState> WRITE_CHUNK =
      add(
          new Operation<>(
              0x301,
              "write-chunk",
              Destination.STORAGE,
              false,
              WriteChunkRequest.parser(),
              ChunkState.parser()));
  public static final Operation<ReadChunkRequest, ReadChunkReply> READ_CHUNK =
      add(
          new Operation<>(
              0x302,
              "read-chunk",
              Destination.STORAGE,
              false,
              ReadChunkRequest.parser(),
              ReadChunkReply.parser()));
  public static final Operation<TruncateChunkRequest, ChunkState> TRUNCATE_CHUNK =
      add(
          new Operation<>(
              0x303,
              "truncate-chunk",
              Destination.STORAGE,
              false,
              TruncateChunkRequest.parser(),
              ChunkState.parser()));
  public static final Operation<PunchChunkRequest, ChunkState> PUNCH_CHUNK =
      add(
          new Operation<>(
              0x304,
              "punch-chunk",
              Destination.STORAGE,
              false,
              PunchChunkRequest.parser(),
              ChunkState.parser()));
  public static final Operation<AllocateChunkRequest, ChunkState> ALLOCATE_CHUNK =
      add(
          new Operation<>(
              0x305,
              "allocate-chunk",
              Destination.STORAGE,
              false,
              AllocateChunkRequest.parser(),
              ChunkState.parser()));
  public static final Operation<SyncChunkRequest, ChunkState> SYNC_CHUNK =
      add(
          new Operation<>(
              0x306,
              "sync-chunk",
              Destination.STORAGE,
              false,
              SyncChunkRequest.parser(),
              ChunkState.parser()));
  public static final Operation<StatChunkRequest, ChunkState> STAT_CHUNK =
      add(
          new Operation<>(
              0x307,
              "stat-chunk",
              Destination.STORAGE,
              false,
              StatChunkRequest.parser(),
              ChunkState.parser()));
  public static final Operation<SeekChunkRequest, SeekChunkReply> SEEK_CHUNK =
      add(
          new Operation<>(
              0x308,
              "seek-chunk",
              Destination.STORAGE,
              false,
              SeekChunkRequest.parser(),
              SeekChunkReply.parser()));
  public static final Operation<RemoveChunksRequest, Empty> REMOVE_CHUNKS =
      add(
          new Operation<>(
              0x309,
              "remove-chunks",
              Destination.STORAGE,
              false,
              RemoveChunksRequest.parser(),
              Empty.parser()));
  public static final Operation<ListChunksRequest, ListChunksReply> LIST_CHUNKS =
      add(
          new Operation<>(
              0x30a,
              "list-chunks",
              Destination.STORAGE,
              false,
              ListChunksRequest.parser(),
              ListChunksReply.parser()));

  private Operations() {}

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
