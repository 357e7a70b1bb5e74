package org.skep.metadata.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.linux.Errno;
import org.skep.metadata.lock.HandClock;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Operations;
import org.skep.wire.message.CancelLockRequest;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.GetLockReply;
import org.skep.wire.message.GetLockRequest;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.ReleaseLocksRequest;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;

// A lost wake-up must fail, not hang.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockOperationsTest {
  private static final long ANNA = 0x11;
  private static final long BERT = 0x22;
  private static final long CARL = 0x33;

  private final HandClock clock = new HandClock();
  private ShardLife shard;
  private long file;
  private long other;

  @BeforeEach
  void start() throws DiskException {
    shard = new ShardLife(new MemoryStore(), clock);
    file = shard.create(ANNA, "file");
    other = shard.create(ANNA, "other");
    for (long client : new long[] {BERT, CARL}) {
      shard.open(client, file);
      shard.open(client, other);
    }
  }

  private static LockMessage fcntl(LockMessage.Type type, long start, long end) {
    return LockMessage.newBuilder()
        .setType(type)
        .setOwner(1)
        .setStart(start)
        .setEnd(end)
        .setPid(77)
        .build();
  }

  private static LockMessage flock(LockMessage.Type type) {
    return LockMessage.newBuilder()
        .setType(type)
        .setFamily(LockMessage.Family.FLOCK)
        .setOwner(1)
        .build();
  }

  private int set(long client, long inode, LockMessage lock) {
    return shard.errno(
        client,
        Operations.SET_LOCK,
        SetLockRequest.newBuilder().setInode(inode).setLock(lock).build());
  }

  private static SetLockRequest waiting(long inode, LockMessage lock, long ticket) {
    return SetLockRequest.newBuilder()
        .setInode(inode)
        .setLock(lock)
        .setWait(true)
        .setTicket(ticket)
        .build();
  }

  private SetLockReply.State await(long client, long inode, LockMessage lock, long ticket) {
    return shard.done(client, Operations.SET_LOCK, waiting(inode, lock, ticket)).getState();
  }

  @Test
  void theFirstLockInTheWayIsShown() {
    set(ANNA, file, fcntl(LockMessage.Type.WRITE, 10, 19));
    set(BERT, file, fcntl(LockMessage.Type.READ, 0, 4));
    GetLockRequest test =
        GetLockRequest.newBuilder()
            .setInode(file)
            .setLock(fcntl(LockMessage.Type.WRITE, 0, 99))
            .build();

    GetLockReply reply = shard.done(CARL, Operations.GET_LOCK, test);

    assertThat(reply.getClient()).isEqualTo(BERT);
    assertThat(reply.getConflict()).isEqualTo(fcntl(LockMessage.Type.READ, 0, 4));
    assertThat(
            shard
                .done(
                    CARL,
                    Operations.GET_LOCK,
                    test.toBuilder().setLock(fcntl(LockMessage.Type.READ, 0, 9)).build())
                .hasConflict())
        .isFalse();
  }

  @Test
  void aWaitIsAnsweredAfterTwoSecondsAndGoesOnWithTheSameTicket() {
    set(ANNA, file, fcntl(LockMessage.Type.WRITE, 0, 9));
    clock.jump(true);
    long before = clock.nanoTime();

    assertThat(await(BERT, file, fcntl(LockMessage.Type.WRITE, 0, 9), 5))
        .isEqualTo(SetLockReply.State.WAITING);
    assertThat(clock.nanoTime() - before).isEqualTo(2_000_000_000L);
    assertThat(await(CARL, file, fcntl(LockMessage.Type.WRITE, 0, 9), 6))
        .isEqualTo(SetLockReply.State.WAITING);
    assertThat(set(ANNA, file, fcntl(LockMessage.Type.UNLOCK, 0, 9))).isZero();

    assertThat(await(CARL, file, fcntl(LockMessage.Type.WRITE, 0, 9), 6))
        .isEqualTo(SetLockReply.State.WAITING);
    assertThat(await(BERT, file, fcntl(LockMessage.Type.WRITE, 0, 9), 5))
        .isEqualTo(SetLockReply.State.GRANTED);
    assertThat(set(BERT, file, fcntl(LockMessage.Type.UNLOCK, 0, 9))).isZero();
    assertThat(await(CARL, file, fcntl(LockMessage.Type.WRITE, 0, 9), 6))
        .isEqualTo(SetLockReply.State.GRANTED);
    assertThat(shard.locks.waits().size()).isZero();
  }

  @Test
  void aWaitEndsWhenTheLockIsDropped() throws Exception {
    set(ANNA, file, fcntl(LockMessage.Type.WRITE, 0, 9));
    AtomicReference<SetLockReply.State> state = new AtomicReference<>();
    Thread bert =
        Thread.ofVirtual()
            .start(() -> state.set(await(BERT, file, fcntl(LockMessage.Type.READ, 5, 5), 1)));
    while (bert.isAlive() && bert.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }

    set(ANNA, file, fcntl(LockMessage.Type.UNLOCK, 5, 5));

    bert.join();
    assertThat(state.get()).isEqualTo(SetLockReply.State.GRANTED);
  }

  @Test
  void aWaitEndsWithTheSessionOfTheHolder() throws Exception {
    set(ANNA, file, flock(LockMessage.Type.WRITE));
    AtomicReference<SetLockReply.State> state = new AtomicReference<>();
    Thread bert =
        Thread.ofVirtual()
            .start(() -> state.set(await(BERT, file, flock(LockMessage.Type.WRITE), 1)));
    while (bert.isAlive() && bert.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }

    shard.sessions.end(ANNA);

    bert.join();
    assertThat(state.get()).isEqualTo(SetLockReply.State.GRANTED);
  }

  @Test
  void aCancelledWaitIsInterrupted() throws Exception {
    set(ANNA, file, fcntl(LockMessage.Type.WRITE, 0, 9));
    AtomicReference<Integer> errno = new AtomicReference<>();
    Thread bert =
        Thread.ofVirtual()
            .start(() ->
                errno.set(
                    shard.errno(
                        BERT,
                        Operations.SET_LOCK,
                        waiting(file, fcntl(LockMessage.Type.READ, 5, 5), 1))));
    while (bert.isAlive() && bert.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }

    shard.done(
        BERT,
        Operations.CANCEL_LOCK,
        CancelLockRequest.newBuilder().setInode(file).setTicket(1).build());

    bert.join();
    assertThat(errno.get()).isEqualTo(Errno.EINTR.number());
    assertThat(shard.locks.waits().size()).isZero();
  }

  @Test
  void whoseClientHasGoneDoesNotWait() {
    set(ANNA, file, fcntl(LockMessage.Type.WRITE, 0, 9));

    Outcome<SetLockReply> outcome =
        shard.askAndGo(
            BERT, Operations.SET_LOCK, waiting(file, fcntl(LockMessage.Type.WRITE, 0, 9), 1));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.failure().kind()).isEqualTo(FailureMessage.Kind.RETRY));
  }

  @Test
  void aCircleOverTwoFilesIsRefused() {
    set(ANNA, file, fcntl(LockMessage.Type.WRITE, 0, 9));
    set(BERT, other, fcntl(LockMessage.Type.WRITE, 0, 9));
    clock.jump(true);
    assertThat(await(ANNA, other, fcntl(LockMessage.Type.WRITE, 3, 3), 1))
        .isEqualTo(SetLockReply.State.WAITING);

    assertThat(
            shard.errno(
                BERT, Operations.SET_LOCK, waiting(file, fcntl(LockMessage.Type.READ, 0, 0), 1)))
        .isEqualTo(Errno.EDEADLK.number());
  }

  @Test
  void aFlockConversionThatIsRefusedHasLostTheOldLock() throws Exception {
    set(ANNA, file, flock(LockMessage.Type.READ));
    set(BERT, file, flock(LockMessage.Type.READ));

    assertThat(set(BERT, file, flock(LockMessage.Type.WRITE))).isEqualTo(Errno.EAGAIN.number());

    assertThat(set(ANNA, file, flock(LockMessage.Type.WRITE))).isZero();
    assertThat(shard.locks.of(file).size()).isEqualTo(1);
    assertThat(shard.keys(Table.LOCKS)).hasSize(1);
  }

  @Test
  void aFlockConversionThatWaitsHasLostTheOldLockToo() {
    set(ANNA, file, flock(LockMessage.Type.READ));
    set(BERT, file, flock(LockMessage.Type.READ));
    clock.jump(true);

    assertThat(await(BERT, file, flock(LockMessage.Type.WRITE), 1))
        .isEqualTo(SetLockReply.State.WAITING);

    assertThat(await(ANNA, file, flock(LockMessage.Type.WRITE), 1))
        .isEqualTo(SetLockReply.State.WAITING);
    assertThat(await(BERT, file, flock(LockMessage.Type.WRITE), 1))
        .isEqualTo(SetLockReply.State.GRANTED);
  }

  @Test
  void releaseDropsAllOfOneOwnerInOneFamily() {
    set(ANNA, file, fcntl(LockMessage.Type.WRITE, 0, 9));
    set(ANNA, file, fcntl(LockMessage.Type.READ, 20, 29));
    set(ANNA, file, flock(LockMessage.Type.WRITE));

    shard.done(
        ANNA,
        Operations.RELEASE_LOCKS,
        ReleaseLocksRequest.newBuilder().setInode(file).setOwner(1).build());

    assertThat(set(BERT, file, fcntl(LockMessage.Type.WRITE, 0, Long.MAX_VALUE))).isZero();
    assertThat(set(BERT, file, flock(LockMessage.Type.READ))).isEqualTo(Errno.EAGAIN.number());
  }

  @Test
  void brokenRangesAreRefused() throws Exception {
    assertThat(set(ANNA, file, fcntl(LockMessage.Type.WRITE, 9, 8)))
        .isEqualTo(Errno.EINVAL.number());
    assertThat(set(ANNA, file, fcntl(LockMessage.Type.WRITE, -1, 8)))
        .isEqualTo(Errno.EINVAL.number());
    assertThat(set(ANNA, file, fcntl(LockMessage.Type.WRITE, 0, -1)))
        .isEqualTo(Errno.EINVAL.number());
    assertThat(
            set(
                ANNA,
                file,
                fcntl(LockMessage.Type.WRITE, 0, 5).toBuilder().setTypeValue(9).build()))
        .isEqualTo(-1);
    assertThat(
            set(
                ANNA,
                file,
                fcntl(LockMessage.Type.WRITE, 0, 5).toBuilder().setFamilyValue(9).build()))
        .isEqualTo(-1);
    assertThat(set(ANNA, 1234, fcntl(LockMessage.Type.WRITE, 0, 5))).isEqualTo(-1);
    assertThat(shard.keys(Table.LOCKS)).isEmpty();
  }

  @Test
  void aFullDiskRefusesALockWhole() {
    set(ANNA, file, fcntl(LockMessage.Type.READ, 0, 99));
    shard.store.setFull(true);
    assertThat(set(ANNA, file, fcntl(LockMessage.Type.WRITE, 10, 19)))
        .isEqualTo(Errno.ENOSPC.number());
    shard.store.setFull(false);

    assertThat(shard.locks.of(file).size()).isEqualTo(1);
    assertThat(set(BERT, file, fcntl(LockMessage.Type.READ, 10, 19))).isZero();
  }
}
