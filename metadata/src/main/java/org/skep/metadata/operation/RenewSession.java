package org.skep.metadata.operation;

import org.skep.metadata.state.Call;
import org.skep.wire.message.RenewSessionReply;
import org.skep.wire.message.RenewSessionRequest;

/// Keeps the client's session alive.
final class RenewSession implements ShardOperation<RenewSessionRequest, RenewSessionReply> {
  private final int leaseMillis;

  RenewSession(int leaseMillis) {
    this.leaseMillis = leaseMillis;
  }

  @Override
  public RenewSessionReply run(RenewSessionRequest request, Call call) {
    return RenewSessionReply.newBuilder().setLeaseMillis(leaseMillis).build();
  }
}
