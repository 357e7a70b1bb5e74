package org.skep.runtime.membership;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.skep.cluster.Endpoint;
import org.skep.linux.Errno;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;
import org.skep.wire.message.HeartbeatReply;
import org.skep.wire.message.LeaveRequest;

/// Management in the test's hand: the test sees each request and gives its answer. Watches are
/// never answered.
final class ScriptedManagement implements ManagementCaller.Line {
  private static final long PATIENCE_SECONDS = 20;

  private final LinkedBlockingQueue<MessageLite> requests = new LinkedBlockingQueue<>();
  private final SynchronousQueue<Object> answers = new SynchronousQueue<>();
  private final CountDownLatch never = new CountDownLatch(1);
  final List<Endpoint> asked = new ArrayList<>();

  @Override
  @SuppressWarnings("unchecked")
  public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
      Endpoint endpoint, Operation<Q, R> operation, Q request, long timeoutNanos)
      throws IOException {
    try {
      if (operation.code() == Operations.WATCH_MAP.code()) {
        never.await();
      }
      asked.add(endpoint);
      requests.add(request);
      Object answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return switch (answer) {
        case null -> throw new AssertionError("no answer in the script for " + operation.name());
        case IOException e -> throw e;
        case Failure failure -> new Answer.Refused<>(failure);
        default -> new Answer.Done<>((R) answer, 0);
      };
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Waits for the next request and answers it.
  ///
  /// @param answer a reply, a [Failure] or an [IOException]
  <Q> Q next(Class<Q> type, Object answer) throws InterruptedException {
    Q request = await(type);
    answer(answer);
    return request;
  }

  /// Waits for the next request; its sender waits until [#answer].
  <Q> Q await(Class<Q> type) throws InterruptedException {
    MessageLite request = requests.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (request == null) {
      throw new AssertionError("no request");
    }
    return type.cast(request);
  }

  void answer(Object answer) throws InterruptedException {
    if (!answers.offer(answer, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody takes the answer");
    }
  }

  /// Waits for the leave, answering heartbeats that are still on their way.
  LeaveRequest awaitLeave() throws InterruptedException {
    while (true) {
      MessageLite request = requests.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      Object answer =
          request instanceof LeaveRequest
              ? Empty.getDefaultInstance()
              : HeartbeatReply.getDefaultInstance();
      if (request == null || !answers.offer(answer, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("no leave");
      }
      if (request instanceof LeaveRequest found) {
        return found;
      }
    }
  }

  /// Answers a request if there is one soon.
  void offer(Object answer) throws InterruptedException {
    boolean _ = answers.offer(answer, 1, TimeUnit.MILLISECONDS);
  }

  static Failure errno(Errno errno) {
    return Failure.errno(errno.number(), errno.name());
  }
}
