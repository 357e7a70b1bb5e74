package org.skep.metadata.operation;

import org.skep.metadata.session.Leases;
import org.skep.metadata.session.Sessions;
import org.skep.metadata.state.Call;
import org.skep.wire.message.RenewSessionReply;
import org.skep.wire.message.RenewSessionRequest;

/// Tells the client how long its session lives and which one it is; like any request, it has
/// renewed it.
final class RenewSession implements ShardOperation<RenewSessionRequest, RenewSessionReply> {
  private final Sessions sessions;

  RenewSession(Sessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public RenewSessionReply run(RenewSessionRequest request, Call call) {
    return RenewSessionReply.newBuilder()
        .setLeaseMillis((int) (Leases.LEASE_NANOS / 1_000_000L))
        .setSession(sessions.number(call.client()))
        .build();
  }
}
