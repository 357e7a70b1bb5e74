package org.skep.metadata.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.metadata.lock.LockWaits.Ticket;
import org.skep.metadata.lock.LockWaits.Verdict;

// A lost wake-up must fail, not hang.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockWaitsTest {
  private static final long END = Long.MAX_VALUE;
  private static final long FILE = 100;
  private static final long OTHER = 200;

  private final HandClock clock = new HandClock();
  private final LockWaits waits = new LockWaits(clock);
  private final Map<Long, LockTable> tables = new HashMap<>();

  private LockTable tableOf(long inode) {
    return tables.getOrDefault(inode, LockTable.EMPTY);
  }

  /// Sets a lock without waiting; it must be possible.
  private void hold(long inode, HeldLock lock) {
    change(inode, tableOf(inode).set(lock));
  }

  private void drop(long inode, HeldLock lock) {
    change(inode, tableOf(inode).unlock(lock.owner(), lock.start(), lock.end()));
  }

  private void change(long inode, LockChange change) {
    tables.put(inode, change.table());
    waits.changed(inode, change.table());
  }

  /// One request, as the operation does it: asks, and sets the lock if it may.
  private Verdict request(long inode, Ticket ticket, HeldLock wanted) {
    Verdict verdict = waits.ask(inode, ticket, wanted, tableOf(inode));
    if (verdict == Verdict.GRANT) {
      hold(inode, wanted);
      waits.leave(ticket);
    }
    return verdict;
  }

  private boolean worthAsking(Ticket ticket) throws InterruptedException {
    return waits.await(ticket, 0);
  }

  private static HeldLock write(long owner) {
    return HeldLock.fcntl(1, owner, true, 0, END, 0);
  }

  private static HeldLock read(long owner) {
    return HeldLock.fcntl(1, owner, false, 0, END, 0);
  }

  private static HeldLock part(long owner, boolean exclusive, long at) {
    return HeldLock.fcntl(1, owner, exclusive, at, at, 0);
  }

  private static Ticket ticket(long number) {
    return new Ticket(1, number);
  }

  @Test
  void whatIsFreeIsGrantedWithoutWaiting() {
    assertThat(request(FILE, ticket(1), write(1))).isEqualTo(Verdict.GRANT);
    assertThat(waits.size()).isZero();
  }

  @Test
  void waitersAreServedInTheOrderOfArrival() throws InterruptedException {
    hold(FILE, write(1));
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);
    assertThat(request(FILE, ticket(3), write(3))).isEqualTo(Verdict.WAIT);
    assertThat(worthAsking(ticket(2))).isFalse();

    drop(FILE, write(1));

    assertThat(worthAsking(ticket(3))).isFalse();
    assertThat(worthAsking(ticket(2))).isTrue();
    assertThat(request(FILE, ticket(3), write(3))).isEqualTo(Verdict.WAIT);
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.GRANT);
    assertThat(request(FILE, ticket(3), write(3))).isEqualTo(Verdict.WAIT);
    drop(FILE, write(2));
    assertThat(request(FILE, ticket(3), write(3))).isEqualTo(Verdict.GRANT);
    assertThat(waits.size()).isZero();
  }

  @Test
  void theSameTicketKeepsItsPlaceOverManyRequests() {
    hold(FILE, write(1));
    request(FILE, ticket(2), write(2));
    request(FILE, ticket(3), write(3));
    for (int i = 0; i < 10; i++) {
      clock.advance(2_000_000_000L);
      assertThat(request(FILE, ticket(3), write(3))).isEqualTo(Verdict.WAIT);
      assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);
    }
    drop(FILE, write(1));

    assertThat(request(FILE, ticket(3), write(3))).isEqualTo(Verdict.WAIT);
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void readersThatComeLaterDoNotStarveAWriter() {
    hold(FILE, read(1));
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);
    assertThat(request(FILE, ticket(3), read(3))).isEqualTo(Verdict.WAIT);

    drop(FILE, read(1));

    assertThat(request(FILE, ticket(3), read(3))).isEqualTo(Verdict.WAIT);
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void aReaderIsHeldBackForASecondOnly() throws InterruptedException {
    hold(FILE, read(1));
    request(FILE, ticket(2), write(2));
    assertThat(request(FILE, ticket(3), read(3))).isEqualTo(Verdict.WAIT);

    clock.advance(LockWaits.PATIENCE_NANOS);

    assertThat(worthAsking(ticket(3))).isTrue();
    assertThat(request(FILE, ticket(3), read(3))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void anOwnerIsNotHeldBackByThoseWhoWaitForIt() {
    hold(FILE, part(1, false, 5));
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);

    assertThat(request(FILE, ticket(1), part(1, true, 9))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void waitersOfOtherRangesDoNotMatter() {
    hold(FILE, part(1, true, 5));
    assertThat(request(FILE, ticket(2), part(2, true, 5))).isEqualTo(Verdict.WAIT);

    assertThat(request(FILE, ticket(3), part(3, true, 6))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void aForgottenTicketLosesItsPlace() {
    hold(FILE, write(1));
    request(FILE, ticket(2), write(2));
    request(FILE, ticket(3), write(3));
    drop(FILE, write(1));
    clock.advance(LockWaits.FORGOTTEN_NANOS + 1);

    assertThat(request(FILE, ticket(4), write(4))).isEqualTo(Verdict.GRANT);
    waits.expire();
    assertThat(waits.size()).isZero();
  }

  @Test
  void anAttendedTicketIsNotForgotten() throws InterruptedException {
    hold(FILE, write(1));
    request(FILE, ticket(2), write(2));
    AtomicBoolean back = new AtomicBoolean();
    Thread attendant =
        Thread.ofVirtual()
            .start(() -> {
              try {
                back.set(waits.await(ticket(2), Long.MAX_VALUE / 2));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    while (attendant.isAlive() && attendant.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    clock.advance(10 * LockWaits.FORGOTTEN_NANOS);
    waits.expire();
    assertThat(waits.size()).isEqualTo(1);

    drop(FILE, write(1));

    attendant.join();
    assertThat(back).isTrue();
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void cancellingEndsTheWaitAndTheNextMayGo() throws InterruptedException {
    hold(FILE, read(1));
    request(FILE, ticket(2), write(2));
    request(FILE, ticket(3), read(3));

    waits.cancel(ticket(2));

    assertThat(worthAsking(ticket(2))).isTrue();
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.CANCELLED);
    assertThat(worthAsking(ticket(3))).isTrue();
    assertThat(request(FILE, ticket(3), read(3))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void cancellingMayOvertakeTheRequest() {
    hold(FILE, write(1));
    waits.cancel(ticket(2));

    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.CANCELLED);
    assertThat(waits.size()).isZero();
  }

  @Test
  void aDeadClientsTicketsAreDropped() {
    hold(FILE, write(1));
    waits.ask(FILE, new Ticket(7, 1), HeldLock.fcntl(7, 1, true, 0, END, 0), tableOf(FILE));
    request(FILE, ticket(2), write(2));
    drop(FILE, write(1));
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);

    waits.dropClient(7);

    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void aTicketIsForOneLockOnly() {
    hold(FILE, write(1));
    request(FILE, ticket(2), write(2));

    assertThat(request(FILE, ticket(2), read(2))).isEqualTo(Verdict.MISUSED);
    assertThat(request(OTHER, ticket(2), write(2))).isEqualTo(Verdict.MISUSED);
  }

  @Test
  void theQueueHasALimit() {
    hold(FILE, write(0));
    for (int i = 1; i <= LockWaits.QUEUE_MAX; i++) {
      assertThat(request(FILE, ticket(i), write(i))).isEqualTo(Verdict.WAIT);
    }

    assertThat(request(FILE, ticket(0), write(-1))).isEqualTo(Verdict.FULL);
    assertThat(waits.size()).isEqualTo(LockWaits.QUEUE_MAX);
  }

  @Test
  void twoOwnersThatWaitForEachOtherAreACircle() {
    hold(FILE, write(1));
    hold(OTHER, write(2));
    assertThat(request(OTHER, ticket(1), write(1))).isEqualTo(Verdict.WAIT);

    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.DEADLOCK);
    assertThat(waits.size()).isEqualTo(1);
  }

  @Test
  void twoReadersThatBothUpgradeAreACircle() {
    hold(FILE, read(1));
    hold(FILE, read(2));
    assertThat(request(FILE, ticket(1), write(1))).isEqualTo(Verdict.WAIT);

    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.DEADLOCK);
  }

  @Test
  void aCircleOverManyOwnersIsFoundWhereverItCloses() {
    int owners = 20;
    for (int i = 0; i < owners; i++) {
      hold(i, write(i));
    }
    for (int i = 0; i < owners - 1; i++) {
      assertThat(request(i + 1, ticket(i), write(i))).isEqualTo(Verdict.WAIT);
    }

    assertThat(request(0, ticket(owners), write(owners - 1))).isEqualTo(Verdict.DEADLOCK);
  }

  @Test
  void aCircleThroughAnyOfSeveralHoldersCounts() {
    hold(FILE, read(1));
    hold(FILE, read(2));
    hold(OTHER, write(3));
    request(OTHER, ticket(2), write(2));

    assertThat(request(FILE, ticket(3), write(3))).isEqualTo(Verdict.DEADLOCK);
  }

  @Test
  void aChainIsNoCircle() {
    hold(FILE, write(1));
    hold(OTHER, write(2));
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);

    assertThat(request(OTHER, ticket(3), write(3))).isEqualTo(Verdict.WAIT);
  }

  @Test
  void whatWasUnlockedClosesNoCircle() {
    hold(FILE, write(1));
    hold(OTHER, write(2));
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);
    drop(FILE, write(1));

    assertThat(request(OTHER, ticket(1), write(1))).isEqualTo(Verdict.WAIT);
    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.GRANT);
  }

  @Test
  void whoNoLongerWaitsClosesNoCircle() {
    hold(FILE, write(1));
    hold(OTHER, write(2));
    request(OTHER, ticket(1), write(1));
    waits.cancel(ticket(1));

    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);
  }

  @Test
  void forgottenWaitersCloseNoCircle() {
    hold(FILE, write(1));
    hold(OTHER, write(2));
    request(OTHER, ticket(1), write(1));
    clock.advance(LockWaits.FORGOTTEN_NANOS + 1);

    assertThat(request(FILE, ticket(2), write(2))).isEqualTo(Verdict.WAIT);
  }

  @Test
  void flockWaitsAreNeverRefusedForACircle() {
    hold(FILE, HeldLock.flock(1, 1, true, 0));
    hold(OTHER, HeldLock.flock(1, 2, true, 0));
    request(OTHER, ticket(1), HeldLock.flock(1, 1, true, 0));

    assertThat(request(FILE, ticket(2), HeldLock.flock(1, 2, true, 0))).isEqualTo(Verdict.WAIT);
  }
}
