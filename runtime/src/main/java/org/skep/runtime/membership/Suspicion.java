package org.skep.runtime.membership;

import java.util.function.Consumer;
import org.skep.cluster.Node;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;
import org.skep.wire.message.SuspectRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells management of a process that refuses connections; it looks for itself then. For a
/// `Router`; any thread may call it, and waits.
public final class Suspicion implements Consumer<Node> {
  private static final Logger LOGGER = LoggerFactory.getLogger(Suspicion.class);
  private static final long REPLY_NANOS = 2_000_000_000L;
  private static final long GIVE_UP_NANOS = 5_000_000_000L;

  private final ManagementCaller caller;

  public Suspicion(ManagementCaller caller) {
    this.caller = caller;
  }

  @Override
  public void accept(Node node) {
    SuspectRequest request =
        SuspectRequest.newBuilder()
            .setKind(MapCodec.message(node.kind()))
            .setNodeId(node.id())
            .setIncarnation(node.incarnation())
            .build();
    try {
      Answer<Empty> answer = caller.call(Operations.SUSPECT, request, REPLY_NANOS, GIVE_UP_NANOS);
      if (answer instanceof Answer.Refused<Empty>(Failure failure)) {
        LOGGER.debug("management does not look after {}: {}", node, failure.detail());
      }
    } catch (ManagementUnreachableException e) {
      LOGGER.debug("nobody to tell of {}", node, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
