package org.skep.mirror.resync;

import java.io.IOException;
import org.skep.cluster.NodeKind;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.wire.Answer;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.Empty;
import org.skep.wire.message.ResyncedRequest;

/// [ResyncManagement] over the network.
record CalledManagement(ManagementCaller caller, NodeKind kind) implements ResyncManagement {
  private static final long REPLY_NANOS = 2_000_000_000L;
  private static final long GIVE_UP_NANOS = 10_000_000_000L;

  @Override
  public Answer<Empty> resynced(int group, long epoch, int secondary)
      throws IOException, InterruptedException {
    ResyncedRequest request =
        ResyncedRequest.newBuilder()
            .setKind(MapCodec.message(kind))
            .setGroupId(group)
            .setEpoch(epoch)
            .setSecondary(secondary)
            .build();
    return caller.call(Operations.RESYNCED, request, REPLY_NANOS, GIVE_UP_NANOS);
  }

  @Override
  public Answer<Empty> demand(int group, int secondary) throws IOException, InterruptedException {
    DemandResyncRequest request =
        DemandResyncRequest.newBuilder()
            .setKind(MapCodec.message(kind))
            .setGroupId(group)
            .setSecondary(secondary)
            .build();
    return caller.call(Operations.DEMAND_RESYNC, request, REPLY_NANOS, GIVE_UP_NANOS);
  }
}
