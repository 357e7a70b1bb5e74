package org.skep.metadata.operation;

import org.skep.metadata.session.Sessions;
import org.skep.metadata.state.Call;
import org.skep.runtime.port.DiskException;
import org.skep.wire.message.Empty;
import org.skep.wire.message.EndSessionRequest;

/// The client goes: its locks and openings end now. A repetition does no harm.
final class EndSession implements ShardOperation<EndSessionRequest, Empty> {
  private final Sessions sessions;

  EndSession(Sessions sessions) {
    this.sessions = sessions;
  }

  @Override
  public Empty run(EndSessionRequest request, Call call)
      throws DiskException, InterruptedException {
    sessions.end(call.client());
    return Empty.getDefaultInstance();
  }
}
