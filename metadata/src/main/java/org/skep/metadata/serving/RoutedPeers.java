package org.skep.metadata.serving;

import com.google.protobuf.MessageLite;
import org.skep.linux.Errno;
import org.skep.metadata.transaction.Peers;
import org.skep.runtime.route.Router;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.message.FailureMessage;

/// The other shards, over the network.
public final class RoutedPeers implements Peers {
  private final Router router;

  public RoutedPeers(Router router) {
    this.router = router;
  }

  @Override
  public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      int shard, Operation<Q, R> operation, Q request, long waitNanos) throws InterruptedException {
    Answer<R> answer = router.callShard(shard, operation, request, 0, 0, waitNanos);
    return answer instanceof Answer.Refused<R>(Failure failure)
        ? new Answer.Refused<>(unclear(failure))
        : answer;
  }

  /// The router's wait ends with EIO, which is also what a broken disk says: both times the peer
  /// can't be used now.
  static Failure unclear(Failure failure) throws InterruptedException {
    if (failure.kind() != FailureMessage.Kind.ERRNO) {
      return failure;
    }
    if (failure.errno() == Errno.EINTR.number()) {
      boolean _ = Thread.interrupted();
      throw new InterruptedException(failure.detail());
    }
    return failure.errno() == Errno.EIO.number() ? Failure.retry(failure.detail()) : failure;
  }
}
