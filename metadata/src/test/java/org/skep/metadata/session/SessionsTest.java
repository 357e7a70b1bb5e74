package org.skep.metadata.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skep.linux.Errno;
import org.skep.metadata.lock.HandClock;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Table;
import org.skep.metadata.twin.MemoryStore;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.Operations;
import org.skep.wire.message.EndSessionRequest;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.RenewSessionReply;
import org.skep.wire.message.RenewSessionRequest;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;

class SessionsTest {
  private static final long ANNA = 0x11;
  private static final long BERT = 0x22;
  private static final long LEASE = Leases.LEASE_NANOS;

  private final HandClock clock = new HandClock();
  private ShardLife shard;

  @BeforeEach
  void start() throws DiskException {
    shard = new ShardLife(new MemoryStore(), clock);
  }

  private static SetLockRequest write(long inode, long owner) {
    return lock(inode, owner, LockMessage.Type.WRITE);
  }

  private static SetLockRequest lock(long inode, long owner, LockMessage.Type type) {
    return SetLockRequest.newBuilder()
        .setInode(inode)
        .setLock(
            LockMessage.newBuilder().setType(type).setOwner(owner).setStart(0).setEnd(99).setPid(5))
        .build();
  }

  private RenewSessionReply renew(long client) {
    return shard.done(client, Operations.RENEW_SESSION, RenewSessionRequest.getDefaultInstance());
  }

  private void end(long client) {
    shard.done(client, Operations.END_SESSION, EndSessionRequest.getDefaultInstance());
  }

  @Test
  void aSessionBeginsWithTheFirstRequestAndKeepsItsNumber() throws Exception {
    RenewSessionReply first = renew(ANNA);
    clock.advance(LEASE / 3);

    assertThat(renew(ANNA)).isEqualTo(first);
    assertThat(first.getLeaseMillis()).isEqualTo(30_000);
    assertThat(first.getSession()).isNotZero();
    shard = shard.restarted();
    assertThat(renew(ANNA)).isEqualTo(first);
  }

  @Test
  void silenceEndsASessionAndARenewalKeepsIt() throws Exception {
    long annas = shard.create(ANNA, "anna");
    long berts = shard.create(BERT, "bert");
    shard.done(ANNA, Operations.SET_LOCK, write(annas, 1));
    shard.done(BERT, Operations.SET_LOCK, write(berts, 1));
    clock.advance(LEASE);
    renew(BERT);
    clock.advance(1);
    shard.sessions.reap();

    assertThat(shard.locks.of(annas).isEmpty()).isTrue();
    assertThat(shard.locks.of(berts).isEmpty()).isFalse();
    assertThat(shard.shard.records().opening(annas, ANNA).getReaders()).isZero();
    assertThat(shard.shard.records().opening(berts, BERT).getReaders()).isEqualTo(1);
    assertThat(shard.sessions.size()).isEqualTo(1);
    assertThat(shard.exists(annas)).as("it has a name").isTrue();
  }

  @Test
  void whoComesBackLateSeesThatItsSessionIsANewOne() throws Exception {
    long before = renew(ANNA).getSession();
    clock.advance(LEASE + 1);
    shard.sessions.reap();

    assertThat(renew(ANNA).getSession()).isNotEqualTo(before);
  }

  @Test
  void aRestartStartsTheLeasesAnew() throws Exception {
    long file = shard.create(ANNA, "file");
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));
    clock.advance(LEASE - 1);
    shard = shard.restarted();
    clock.advance(LEASE);
    shard.sessions.reap();
    assertThat(shard.locks.of(file).isEmpty()).isFalse();

    clock.advance(1);
    shard.sessions.reap();

    assertThat(shard.locks.of(file).isEmpty()).isTrue();
  }

  @Test
  void locksSurviveARestart() throws Exception {
    long file = shard.create(ANNA, "file");
    shard.open(BERT, file);
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));
    shard = shard.restarted();

    assertThat(shard.errno(BERT, Operations.SET_LOCK, write(file, 1)))
        .isEqualTo(Errno.EAGAIN.number());
    assertThat(shard.errno(ANNA, Operations.SET_LOCK, lock(file, 1, LockMessage.Type.READ)))
        .isZero();
    assertThat(shard.errno(BERT, Operations.SET_LOCK, lock(file, 1, LockMessage.Type.READ)))
        .isZero();
    assertThat(shard.restarted().locks.of(file)).isEqualTo(shard.locks.of(file));
  }

  @Test
  void anUnnamedFileGoesWithItsLastCloseAndItsChunksToTheGarbage() throws Exception {
    long file = shard.createUnnamed(ANNA);
    shard.open(BERT, file);
    shard.close(ANNA, file, true);
    assertThat(shard.exists(file)).isTrue();

    shard.close(BERT, file, false);

    assertThat(shard.exists(file)).isFalse();
    assertThat(shard.keys(Table.ORPHANS)).isEmpty();
    assertThat(shard.keys(Table.OPENINGS)).isEmpty();
    assertThat(shard.store.get(Table.GARBAGE, Keys.of(file))).isNotNull();
  }

  @Test
  void anUnnamedFileGoesWithTheLeaseOfItsLastOpener() throws Exception {
    long file = shard.createUnnamed(ANNA);
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));
    shard = shard.restarted();
    assertThat(shard.exists(file)).isTrue();
    clock.advance(LEASE + 1);

    shard.sessions.reap();

    assertThat(shard.exists(file)).isFalse();
    assertThat(shard.keys(Table.ORPHANS)).isEmpty();
    assertThat(shard.keys(Table.OPENINGS)).isEmpty();
    assertThat(shard.keys(Table.LOCKS)).isEmpty();
    assertThat(shard.keys(Table.SESSIONS)).isEmpty();
    assertThat(shard.store.get(Table.GARBAGE, Keys.of(file))).isNotNull();
  }

  @Test
  void anUnlinkedFileLivesAsLongAsItIsOpenAnywhere() throws Exception {
    long file = shard.create(ANNA, "file");
    shard.open(BERT, file);
    shard.unlink(BERT, "file");
    shard.close(BERT, file, false);
    shard = shard.restarted();
    assertThat(shard.exists(file)).isTrue();
    assertThat(shard.keys(Table.ORPHANS)).hasSize(1);
    assertThat(shard.errno(ANNA, Operations.SET_LOCK, write(file, 1))).isZero();

    end(ANNA);

    assertThat(shard.exists(file)).isFalse();
    assertThat(shard.keys(Table.ORPHANS)).isEmpty();
    assertThat(shard.keys(Table.LOCKS)).isEmpty();
  }

  @Test
  void endSessionEndsItAtOnce() throws Exception {
    long unnamed = shard.createUnnamed(ANNA);
    long file = shard.create(ANNA, "file");
    shard.open(BERT, file);
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));

    end(ANNA);

    assertThat(shard.exists(unnamed)).isFalse();
    assertThat(shard.errno(BERT, Operations.SET_LOCK, write(file, 1))).isZero();
    assertThat(shard.keys(Table.SESSIONS)).hasSize(1);
    end(ANNA);
    assertThat(shard.keys(Table.SESSIONS)).hasSize(1);
  }

  @Test
  void theLastCloseOfAClientDropsItsForgottenLocks() throws Exception {
    long file = shard.create(ANNA, "file");
    shard.open(ANNA, file);
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));
    shard.close(ANNA, file, false);
    assertThat(shard.locks.of(file).isEmpty()).isFalse();

    shard.close(ANNA, file, false);

    assertThat(shard.locks.of(file).isEmpty()).isTrue();
    assertThat(shard.keys(Table.LOCKS)).isEmpty();
  }

  @Test
  void anEndHeldUpByABusyInodeGoesOnLaterAndTheClientHasToWait() throws Exception {
    long file = shard.create(ANNA, "file");
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));
    clock.advance(LEASE + 1);
    var busy = shard.shard.lock(file, true);
    clock.jump(true);
    shard.sessions.reap();

    assertThat(shard.locks.of(file).isEmpty()).isFalse();
    assertThat(
            shard.errno(ANNA, Operations.RENEW_SESSION, RenewSessionRequest.getDefaultInstance()))
        .isEqualTo(-1);
    busy.close();
    shard.sessions.reap();
    assertThat(shard.locks.of(file).isEmpty()).isTrue();
    assertThat(renew(ANNA).getSession()).isNotZero();
  }

  @Test
  void aFullDiskDelaysTheEndOnly() throws Exception {
    long file = shard.create(ANNA, "file");
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));
    clock.advance(LEASE + 1);
    shard.store.setFull(true);
    assertThatThrownBy(() -> shard.sessions.reap()).isInstanceOf(DiskException.class);
    assertThat(shard.locks.of(file).isEmpty()).isFalse();
    shard.store.setFull(false);

    shard.sessions.reap();

    assertThat(shard.locks.of(file).isEmpty()).isTrue();
  }

  private static MessageLite reply(Outcome<?> outcome) {
    if (outcome instanceof Outcome.Done<?> done) {
      return done.reply();
    }
    throw new AssertionError("refused: " + outcome);
  }

  @Test
  void repliesOutliveTheSessionForAWhile() throws Exception {
    MakeNodeRequest make =
        MakeNodeRequest.newBuilder()
            .setParent(ShardLife.ROOT)
            .setName(ByteString.copyFromUtf8("pipe"))
            .setMode(0010644)
            .build();
    Outcome<?> first = shard.ask(ANNA, 7, Operations.MAKE_NODE, make);
    clock.advance(LEASE + 1);
    shard.sessions.reap();

    assertThat(reply(shard.ask(ANNA, 7, Operations.MAKE_NODE, make))).isEqualTo(reply(first));
    clock.advance(LEASE + 1);
    shard.sessions.reap();
    shard = shard.restarted();
    clock.advance(Sessions.REPLIES_NANOS + 1);
    shard.sessions.reap();
    assertThat(shard.keys(Table.REPLIES)).isEmpty();
    assertThat(shard.ask(ANNA, 7, Operations.MAKE_NODE, make)).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void aLockIsGrantedOnceHoweverOftenItsRequestComes() throws Exception {
    long file = shard.create(ANNA, "file");
    Outcome<SetLockReply> granted = shard.ask(ANNA, 9, Operations.SET_LOCK, write(file, 1));
    shard.done(ANNA, Operations.SET_LOCK, lock(file, 1, LockMessage.Type.UNLOCK));
    shard = shard.restarted();

    assertThat(reply(shard.ask(ANNA, 9, Operations.SET_LOCK, write(file, 1))))
        .isEqualTo(reply(granted));
    assertThat(shard.locks.of(file).isEmpty()).as("the repetition changes nothing").isTrue();
  }

  @Test
  void onlyWhoHasAFileOpenMayLockIt() {
    long file = shard.create(ANNA, "file");

    assertThat(shard.errno(BERT, Operations.SET_LOCK, write(file, 1)))
        .isEqualTo(Errno.EBADF.number());
  }

  @Test
  void anyRequestRenews() throws Exception {
    long file = shard.create(ANNA, "file");
    shard.done(ANNA, Operations.SET_LOCK, write(file, 1));
    for (int i = 0; i < 5; i++) {
      clock.advance(LEASE - 1);
      assertThat(
              shard.errno(
                  ANNA,
                  Operations.LOOKUP,
                  LookupRequest.newBuilder()
                      .setParent(ShardLife.ROOT)
                      .setName(ByteString.copyFromUtf8("none"))
                      .build()))
          .isEqualTo(Errno.ENOENT.number());
      shard.sessions.reap();
    }

    assertThat(shard.locks.of(file).isEmpty()).isFalse();
  }
}
