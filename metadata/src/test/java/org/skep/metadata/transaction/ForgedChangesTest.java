package org.skep.metadata.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.cluster.StripePattern;
import org.skep.metadata.state.Call;
import org.skep.metadata.twin.NamespaceChecker;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.runtime.port.DiskException;
import org.skep.runtime.twin.RandomMessages;
import org.skep.wire.Answer;
import org.skep.wire.MapCodec;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.AbortRequest;
import org.skep.wire.message.Change;
import org.skep.wire.message.CommitRequest;
import org.skep.wire.message.EntryChange;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.LinkChange;
import org.skep.wire.message.LockInodesRequest;
import org.skep.wire.message.NewDirectory;
import org.skep.wire.message.PrepareReply;
import org.skep.wire.message.PrepareRequest;
import org.skep.wire.message.SubdirectoryChange;
import org.skep.wire.message.TransactionId;

/// A peer that prepares what can't be: it is refused before anything is written down, as a change
/// that fails at its commit would stop the shard at every start.
class ForgedChangesTest {
  private static final int TRANSACTIONS = 20_000;

  private final TestClock clock = new TestClock();
  private final ShardCluster cluster = new ShardCluster(1, clock, 5);
  private final TreeClient client = new TreeClient(cluster, 7);
  private final long directory =
      TreeClient.done(client.makeDirectory(ShardCluster.ROOT, "d", 1)).getInode();
  private final long file = TreeClient.done(client.makeFile(directory, "f")).getInode();
  private long number;

  ForgedChangesTest() throws DiskException, InterruptedException {}

  private <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
      Operation<Q, R> operation, Q request) {
    return cluster.ask(1, operation, request, new Call(operation.code(), Call.NO_CLIENT, 0, 0));
  }

  private TransactionId transaction() {
    return TransactionId.newBuilder()
        .setCoordinator(1)
        .setIncarnation(77)
        .setNumber(number)
        .build();
  }

  /// Prepares the changes under locks of these inodes.
  private Answer<PrepareReply> prepare(List<Change> changes, Long... locked) {
    number++;
    if (locked.length > 0) {
      TreeClient.done(
          ask(
              Operations.LOCK_INODES,
              LockInodesRequest.newBuilder()
                  .setTransaction(transaction())
                  .addAllInodes(List.of(locked))
                  .build()));
    }
    return ask(
        Operations.PREPARE,
        PrepareRequest.newBuilder().setTransaction(transaction()).addAllChanges(changes).build());
  }

  private void refused(List<Change> changes, Long... locked) throws DiskException {
    Answer<PrepareReply> answer = prepare(changes, locked);
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(((Answer.Refused<PrepareReply>) answer).failure().kind())
        .isEqualTo(FailureMessage.Kind.MALFORMED);
    TreeClient.done(
        ask(Operations.ABORT, AbortRequest.newBuilder().setTransaction(transaction()).build()));
    assertThat(cluster.lockCount()).isZero();
    assertThat(NamespaceChecker.check(cluster.stores(), ShardCluster.ROOT)).isEmpty();
  }

  private static NewDirectory made() {
    return NewDirectory.newBuilder()
        .setParent(ShardCluster.ROOT)
        .setPattern(MapCodec.message(StripePattern.DEFAULT))
        .build();
  }

  private static Change made(NewDirectory made) {
    return Change.newBuilder().setNewDirectory(made).build();
  }

  private static Change removal(long inode) {
    return Change.newBuilder().setRemoveDirectory(inode).build();
  }

  private Change entry(boolean put, String name) {
    EntryChange.Builder entry =
        EntryChange.newBuilder()
            .setParent(directory)
            .setName(TreeClient.bytes(name))
            .setInode(file);
    return put
        ? Change.newBuilder().setPutEntry(entry).build()
        : Change.newBuilder().setRemoveEntry(entry).build();
  }

  private Change links(int delta) {
    return Change.newBuilder()
        .setLinks(LinkChange.newBuilder().setInode(file).setDelta(delta))
        .build();
  }

  private Change subdirectories(int delta) {
    return Change.newBuilder()
        .setSubdirectories(SubdirectoryChange.newBuilder().setInode(directory).setDelta(delta))
        .build();
  }

  @Test
  void inodeZeroIsNoNewDirectory() throws DiskException {
    refused(List.of(removal(0)), directory);
    refused(List.of(made(made()), removal(0)));
    refused(List.of(Change.newBuilder().setLinks(LinkChange.newBuilder()).build()), file);
  }

  @Test
  void changesThatAreImpossibleOnlyTogether() throws DiskException {
    refused(List.of(entry(false, "f"), entry(false, "f")), directory);
    refused(List.of(entry(true, "g"), entry(true, "g")), directory);
    refused(List.of(links(-1), links(-1)), file);
    refused(List.of(subdirectories(1), subdirectories(1)), directory);
    refused(List.of(made(made()), made(made())));
    TreeClient.done(client.unlink(directory, "f"));
    refused(List.of(removal(directory), entry(true, "g")), directory);
    refused(List.of(entry(true, "g"), removal(directory)), directory);
  }

  @Test
  void aNewDirectoryOfWhichNoFileCouldBeMade() throws DiskException {
    refused(List.of(made(made().toBuilder().clearPattern().build())));
    NewDirectory.Builder timeless = made().toBuilder();
    timeless.getNowBuilder().setNanos(-1);
    refused(List.of(made(timeless.build())));
    refused(List.of(made(made().toBuilder().setParent(0).build())));
  }

  private Answer<?> lock(Long... inodes) {
    return ask(
        Operations.LOCK_INODES,
        LockInodesRequest.newBuilder()
            .setTransaction(transaction())
            .addAllInodes(List.of(inodes))
            .build());
  }

  private static void malformed(Answer<?> answer) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(((Answer.Refused<?>) answer).failure().kind())
        .isEqualTo(FailureMessage.Kind.MALFORMED);
  }

  @Test
  void locksOutOfOrder() {
    malformed(lock(file, directory));
    assertThat(cluster.lockCount()).isZero();
    assertThat(lock(file)).isInstanceOf(Answer.Done.class);
    malformed(lock(directory));
    assertThat(cluster.lockCount()).isZero();
  }

  /// Nobody could be asked how the transaction ended.
  @Test
  void coordinatorThatIsNotThere() {
    TransactionId unknown = transaction().toBuilder().setCoordinator(9).build();
    assertThat(
            ask(
                Operations.LOCK_INODES,
                LockInodesRequest.newBuilder().setTransaction(unknown).addInodes(file).build()))
        .isInstanceOf(Answer.Refused.class);
    assertThat(cluster.lockCount()).isZero();
  }

  /// It would be in the way of the new inode that gets this number.
  @Test
  void lockOfAnInodeOfTheFuture() {
    malformed(lock(file + 1));
    malformed(lock(file + 1000));
    assertThat(cluster.lockCount()).isZero();
    assertThat(lock(Ids.inode(1, Ids.COUNTER_MAX), file)).isInstanceOf(Answer.Done.class);
  }

  /// Whatever a peer may prepare, it may commit.
  @Test
  void whatIsPreparedCanBeCommitted() {
    SplittableRandom random = new SplittableRandom(6);
    Long[] inodes = {ShardCluster.ROOT, directory, file};
    RandomMessages messages =
        new RandomMessages(random)
            .field("inode", () -> inodes[random.nextInt(inodes.length)])
            .field("parent", () -> inodes[random.nextInt(inodes.length)])
            .field("remove_directory", () -> inodes[random.nextInt(inodes.length)])
            .field("delta", () -> random.nextInt(-2, 3))
            .field("chunk_bytes", () -> 1 << 19)
            .field("target_count", () -> 4)
            .names(List.of("d", "f", "g"));
    int prepared = 0;
    for (int i = 0; i < TRANSACTIONS; i++) {
      PrepareRequest forged = (PrepareRequest) messages.message(Operations.PREPARE);
      if (prepare(forged.getChangesList(), inodes) instanceof Answer.Done) {
        prepared++;
        TreeClient.done(
            ask(
                Operations.COMMIT,
                CommitRequest.newBuilder().setTransaction(transaction()).build()));
      } else {
        TreeClient.done(
            ask(Operations.ABORT, AbortRequest.newBuilder().setTransaction(transaction()).build()));
      }
    }
    assertThat(prepared).isGreaterThan(TRANSACTIONS / 50);
  }
}
