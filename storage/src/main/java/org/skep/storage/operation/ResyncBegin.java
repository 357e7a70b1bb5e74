package org.skep.storage.operation;

import java.util.List;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.range.ItemRange;
import org.skep.mirror.range.MemberLogs;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.storage.target.RefusedException;
import org.skep.storage.target.ServedTargets;
import org.skep.storage.target.StorageTarget;
import org.skep.wire.message.ChangedRange;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.ResyncBeginReply;
import org.skep.wire.message.ResyncBeginRequest;

/// RESYNC_BEGIN: this member says where it may differ from what the primary takes it for: the
/// ranges that were being changed when it was a primary and its process died. It does not know if
/// its logs are void, or if it served alone and was overruled.
public final class ResyncBegin extends ChunkOperation<ResyncBeginRequest, ResyncBeginReply> {

  public ResyncBegin(ServedTargets targets) {
    super(targets, Access.RESYNC);
  }

  @Override
  Outcome<ResyncBeginReply> serve(
      ResyncBeginRequest request, StorageTarget target, Exchange exchange) throws RefusedException {
    throw RequestChecks.forGroups();
  }

  @Override
  Outcome<ResyncBeginReply> serve(ResyncBeginRequest request, Mirrored group, Exchange exchange) {
    group.target().countOther();
    group.resync().begun();
    MemberLogs logs = group.replica().logs();
    if (logs.unsure() || !logs.changes().isEmpty()) {
      return Outcome.done(ResyncBeginReply.newBuilder().setUnsure(true).build());
    }
    ResyncBeginReply.Builder reply = ResyncBeginReply.newBuilder();
    List<ItemRange> active = logs.activity().active();
    for (ItemRange range : active) {
      reply.addActive(
          ChangedRange.newBuilder()
              .setChunk(
                  ChunkId.newBuilder().setInode(range.item().id()).setStripe(range.item().part()))
              .setOffset(range.range().start())
              .setLength(range.range().length()));
    }
    return Outcome.done(reply.build());
  }
}
