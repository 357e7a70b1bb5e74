package org.skep.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.linux.Errno;

/// When a process that got a signal is let go, though its request is still under way.
@Timeout(30)
final class LettingGoTest {
  private static final int FSYNC = 20;
  private static final int FLUSH = 25;
  private static final int RELEASE = 18;
  private static final int INTERRUPT = 36;
  private static final CallerState ALIVE = pid -> new CallerState.Caller(pid, false);
  private static final CallerState KILLED = pid -> new CallerState.Caller(pid, true);

  /// An operation that hangs until told.
  private static final class Hanging implements FuseOperations {
    private final boolean mayBeLetGo;
    private Hanging next = this;
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicInteger interrupts = new AtomicInteger();
    private final AtomicInteger unheard = new AtomicInteger();

    Hanging(boolean mayBeLetGo) {
      this.mayBeLetGo = mayBeLetGo;
    }

    int hang(FuseRequest request) {
      request.onInterrupt(interrupts::incrementAndGet);
      request.ifUnheard(unheard::incrementAndGet);
      if (mayBeLetGo) {
        request.letGo();
      }
      entered.countDown();
      try {
        end.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return Errno.ENOSPC.number();
    }

    @Override
    public int fsync(FuseRequest request, long node, long handle, boolean dataOnly) {
      return hang(request);
    }

    @Override
    public int flush(FuseRequest request, long node, long handle, long lockOwner) {
      return next.hang(request);
    }

    @Override
    public int release(
        FuseRequest request, long node, long handle, int flags, int releaseFlags, long owner) {
      return hang(request);
    }
  }

  private final EngineHarness kernel;
  private final Hanging hanging;
  private Thread serving;

  LettingGoTest() {
    hanging = new Hanging(true);
    kernel = new EngineHarness(hanging).initialized();
  }

  private void begin(EngineHarness harness, Hanging operations, int opcode)
      throws InterruptedException {
    harness.replies.clear();
    serving =
        Thread.ofPlatform()
            .daemon()
            .start(() -> harness.send(opcode, EngineHarness.UNIQUE, 1, new byte[24], 0));
    operations.entered.await();
  }

  private static void interrupt(EngineHarness harness) {
    FuseRequest other = harness.engine.newRequest(harness, java.lang.foreign.Arena.ofAuto());
    byte[] arguments = new byte[8];
    ByteBuffer _ =
        ByteBuffer.wrap(arguments).order(ByteOrder.LITTLE_ENDIAN).putLong(EngineHarness.UNIQUE);
    harness.sendOn(other, INTERRUPT, EngineHarness.UNIQUE + 1, 0, arguments);
    harness.engine.retire(other);
  }

  private static void watch(EngineHarness harness, CallerState callers, int ticks) {
    for (int tick = 0; tick < ticks; tick++) {
      int _ = harness.engine.watch(callers, false);
    }
  }

  private void end() throws InterruptedException {
    hanging.end.countDown();
    serving.join();
  }

  private void assertOneReply(int errno) {
    assertThat(kernel.replies)
        .singleElement()
        .satisfies(reply -> {
          assertThat(reply.unique()).isEqualTo(EngineHarness.UNIQUE);
          assertThat(reply.error()).isEqualTo(errno);
        });
  }

  @Test
  void aProcessThatIsKilledGoesSoon() throws Exception {
    begin(kernel, hanging, FSYNC);
    interrupt(kernel);
    watch(kernel, KILLED, 1);
    assertThat(hanging.interrupts).hasValue(1);
    assertThat(kernel.replies).as("it may end by itself").isEmpty();
    watch(kernel, KILLED, Patience.END_TICKS);
    assertOneReply(Errno.EINTR.number());
    assertThat(kernel.engine.watch(KILLED, false)).as("under way without a process").isEqualTo(1);
    end();
    assertThat(kernel.replies).as("no second answer").hasSize(1);
    assertThat(hanging.unheard).hasValue(1);
    assertThat(kernel.engine.watch(KILLED, false)).isZero();
  }

  @Test
  void aHandledSignalDoesNotDisturbForAMoment() throws Exception {
    begin(kernel, hanging, FSYNC);
    interrupt(kernel);
    watch(kernel, ALIVE, Patience.HANDLED_TICKS - 1);
    assertThat(hanging.interrupts).hasValue(0);
    end();
    assertOneReply(Errno.ENOSPC.number());
    assertThat(hanging.unheard).hasValue(0);
  }

  @Test
  void aHandledSignalEndsTheWaitThen() throws Exception {
    begin(kernel, hanging, FSYNC);
    interrupt(kernel);
    watch(kernel, ALIVE, Patience.HANDLED_TICKS);
    assertThat(hanging.interrupts).hasValue(1);
    watch(kernel, ALIVE, Patience.END_TICKS);
    assertOneReply(Errno.EINTR.number());
    end();
  }

  @Test
  void whatMustNotGoOnAloneIsWaitedForUnlessTheProcessIsKilled() throws Exception {
    Hanging change = new Hanging(false);
    EngineHarness harness = new EngineHarness(change).initialized();
    begin(harness, change, FSYNC);
    interrupt(harness);
    watch(harness, ALIVE, 100);
    assertThat(harness.replies).isEmpty();
    watch(harness, KILLED, 4);
    assertThat(harness.replies).hasSize(1);
    change.end.countDown();
    serving.join();
  }

  @Test
  void aFlushOfAProcessThatEndsKilledNeedsNoSignal() throws Exception {
    begin(kernel, hanging, FLUSH);
    watch(kernel, ALIVE, 100);
    assertThat(kernel.replies).as("it closes, and waits for its data").isEmpty();
    watch(kernel, KILLED, 10);
    assertThat(hanging.interrupts).hasValue(1);
    assertOneReply(Errno.EINTR.number());
    end();
  }

  @Test
  void whoWasToldEintrDoesNotWaitForItsClose() throws Exception {
    begin(kernel, hanging, FSYNC);
    interrupt(kernel);
    watch(kernel, ALIVE, Patience.HANDLED_TICKS + Patience.END_TICKS);
    end();
    Hanging close = new Hanging(true);
    kernel.replies.clear();
    FuseRequest other = kernel.engine.newRequest(kernel, java.lang.foreign.Arena.ofAuto());
    hanging.next = close;
    serving =
        Thread.ofPlatform()
            .daemon()
            .start(() -> kernel.sendOn(other, FLUSH, EngineHarness.UNIQUE, 1, new byte[24]));
    close.entered.await();
    watch(kernel, ALIVE, Patience.FLUSH_TICKS + Patience.END_TICKS);
    assertOneReply(Errno.EINTR.number());
    close.end.countDown();
    serving.join();
  }

  @Test
  void killedProcessesAreFoundWhereNobodyReadsOfSignals() throws Exception {
    begin(kernel, hanging, FSYNC);
    for (int tick = 0; tick < 10; tick++) {
      int _ = kernel.engine.watch(KILLED, true);
    }
    assertOneReply(Errno.EINTR.number());
    end();
  }

  @Test
  void aReleaseIsWaitedForByNobody() throws Exception {
    begin(kernel, hanging, RELEASE);
    watch(kernel, ALIVE, Patience.RELEASE_TICKS);
    assertOneReply(0);
    assertThat(hanging.interrupts).as("it goes on").hasValue(0);
    end();
    assertThat(kernel.replies).hasSize(1);
  }
}
