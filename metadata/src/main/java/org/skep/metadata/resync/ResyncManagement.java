package org.skep.metadata.resync;

import java.io.IOException;
import org.skep.cluster.NodeKind;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.wire.Answer;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ResyncedRequest;

/// What a resync asks of management. Refusals are management's own answers. Any thread may call it.
public final class ResyncManagement {
  private static final long REPLY_NANOS = 2_000_000_000L;
  private static final long GIVE_UP_NANOS = 10_000_000_000L;

  private final ManagementCaller caller;

  public ResyncManagement(ManagementCaller caller) {
    this.caller = caller;
  }

  /// Says that the secondary has everything.
  ///
  /// @throws IOException if there was no answer
  Answer<Empty> resynced(int shard, long epoch, int secondary)
      throws IOException, InterruptedException {
    ResyncedRequest request =
        ResyncedRequest.newBuilder()
            .setKind(MapCodec.message(NodeKind.METADATA))
            .setGroupId(shard)
            .setEpoch(epoch)
            .setSecondary(secondary)
            .build();
    return caller.call(Operations.RESYNCED, request, REPLY_NANOS, GIVE_UP_NANOS);
  }

  /// Asks that the secondary, Good or Bad, is called Needs-resync.
  ///
  /// @throws IOException if there was no answer
  Answer<Empty> demand(int shard, int secondary) throws IOException, InterruptedException {
    DemandResyncRequest request =
        DemandResyncRequest.newBuilder()
            .setKind(MapCodec.message(NodeKind.METADATA))
            .setGroupId(shard)
            .setSecondary(secondary)
            .build();
    return caller.call(Operations.DEMAND_RESYNC, request, REPLY_NANOS, GIVE_UP_NANOS);
  }
}
