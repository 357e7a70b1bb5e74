package org.skep.mirror.resync;

import java.io.IOException;
import org.skep.cluster.NodeKind;
import org.skep.runtime.membership.ManagementCaller;
import org.skep.wire.Answer;
import org.skep.wire.message.Empty;

/// What of management a resync needs. Refusals are management's own answers. Any thread may call
/// it.
public interface ResyncManagement {

  /// Management over the network, asked about groups of that kind.
  static ResyncManagement of(ManagementCaller caller, NodeKind kind) {
    return new CalledManagement(caller, kind);
  }

  /// Says that the secondary has everything.
  ///
  /// @throws IOException if there was no answer
  Answer<Empty> resynced(int group, long epoch, int secondary)
      throws IOException, InterruptedException;

  /// Asks that the secondary, Good or Bad, is called Needs-resync.
  ///
  /// @throws IOException if there was no answer
  Answer<Empty> demand(int group, int secondary) throws IOException, InterruptedException;
}
