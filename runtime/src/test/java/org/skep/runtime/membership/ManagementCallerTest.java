package org.skep.runtime.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Endpoint;
import org.skep.linux.Errno;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.StatusReply;
import org.skep.wire.message.StatusRequest;

/// Who is asked, how often and for how long.
final class ManagementCallerTest {
  private static final Endpoint A = new Endpoint.Tcp("a", 1);
  private static final Endpoint B = new Endpoint.Tcp("b", 1);
  private static final Endpoint C = new Endpoint.Tcp("c", 1);
  private static final long SECOND = 1_000_000_000L;

  private final RushingClock clock = new RushingClock();
  private final List<Endpoint> asked = new ArrayList<>();
  private final Map<Endpoint, Failure> refusals = new HashMap<>();
  private final ManagementCaller caller =
      new ManagementCaller(clock, new Peers(), List.of(A, B, C));
  private Endpoint leader = A;

  /// The leader answers, who has a refusal gives it, the others don't answer.
  private final class Peers implements ManagementCaller.Line {
    @Override
    @SuppressWarnings("unchecked")
    public <Q extends MessageLite, R extends MessageLite> Answer<R> call(
        Endpoint endpoint, Operation<Q, R> operation, Q request, long timeoutNanos)
        throws IOException {
      asked.add(endpoint);
      if (endpoint.equals(leader)) {
        return new Answer.Done<>((R) StatusReply.getDefaultInstance(), 0);
      }
      Failure refusal = refusals.get(endpoint);
      if (refusal == null) {
        throw new IOException(endpoint + " is away");
      }
      return new Answer.Refused<>(refusal);
    }
  }

  private Answer<StatusReply> call(long giveUpNanos) throws Exception {
    asked.clear();
    return caller.call(Operations.STATUS, StatusRequest.getDefaultInstance(), SECOND, giveUpNanos);
  }

  @Test
  void asksInTurnAndBeginsWithWhoAnsweredLast() throws Exception {
    leader = C;
    refusals.put(B, Failure.notServed("not the leader", 0));
    assertThat(call(SECOND)).isInstanceOf(Answer.Done.class);
    assertThat(asked).containsExactly(A, B, C);
    call(SECOND);
    assertThat(asked).containsExactly(C);
    leader = A;
    call(SECOND);
    assertThat(asked).containsExactly(C, A);
  }

  @Test
  void aRefusalOfTheRequestItselfIsTheAnswer() throws Exception {
    leader = null;
    refusals.put(A, Failure.errno(Errno.EEXIST.number(), "taken"));
    assertThat(call(SECOND)).isEqualTo(new Answer.Refused<>(refusals.get(A)));
    assertThat(asked).containsExactly(A);
  }

  @Test
  void givesUpInTimeAndSaysWhy() {
    leader = null;
    refusals.put(C, Failure.retry("starting"));
    long before = clock.nanoTime();
    assertThatThrownBy(() -> call(3 * SECOND))
        .isInstanceOf(ManagementUnreachableException.class)
        .hasMessageContaining("a:1, b:1, c:1")
        .hasMessageContaining("c:1: starting");
    assertThat(clock.nanoTime() - before).isBetween(2 * SECOND, 3 * SECOND);
    // Pauses of 10 ms, doubled up to 500 ms.
    assertThat(asked).hasSizeBetween(3 * 9, 3 * 12);
  }
}
