package org.skep.metadata.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.target.ScriptedManagement.B;
import static org.skep.metadata.target.ScriptedManagement.SHARD;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.metadata.target.ShardPair.Server;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.Entry;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.PrepareRequest;
import org.skep.wire.message.RetireShardReply;
import org.skep.wire.message.RetireShardRequest;

/// RETIRE_SHARD: the empty shard 2 of target B is given up, or not.
@Timeout(120)
class RetireShardTest {
  @TempDir private Path directory;
  private ShardPair pair;
  private Server b;

  @BeforeEach
  void start() throws Exception {
    pair = new ShardPair(directory);
    Server _ = pair.start("a");
    b = pair.start("b");
    pair.management.giveShardToB();
    pair.until(() -> !b.service.hosts().isEmpty());
    // It takes requests, too.
    pair.until(() -> retire(look()) instanceof Answer.Done);
  }

  @AfterEach
  void stopAll() {
    pair.close();
  }

  private RetireShardRequest.Builder request() {
    return RetireShardRequest.newBuilder()
        .setIncarnation(pair.management.map().node(NodeKind.METADATA, B).incarnation());
  }

  private RetireShardRequest look() {
    return request().setLook(true).build();
  }

  private Answer<RetireShardReply> retire(RetireShardRequest request) {
    return retire(NodeKind.MANAGEMENT, B, request);
  }

  private Answer<RetireShardReply> retire(NodeKind who, int shard, RetireShardRequest request) {
    try {
      return pair.ask(who, shard, Operations.RETIRE_SHARD, request);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Failure failure(Answer<?> answer) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    return ((Answer.Refused<?>) answer).failure();
  }

  /// Whether the shard lets something be made in it.
  private boolean takesPart() throws IOException {
    Answer<?> prepared =
        pair.ask(NodeKind.METADATA, B, Operations.PREPARE, PrepareRequest.getDefaultInstance());
    Failure failure = failure(prepared);
    boolean takesPart = failure.errno() != Errno.EAGAIN.number();
    assertThat(failure.detail().contains("given up")).isEqualTo(!takesPart);
    return takesPart;
  }

  @Test
  void anEmptyShardIsGivenUpAndNothingIsMadeInItAnyMore() throws Exception {
    assertThat(takesPart()).isTrue();
    RetireShardReply reply = ShardPair.reply(retire(request().build()));
    assertThat(reply.getRetired()).isTrue();
    assertThat(reply.getInodes()).isZero();
    assertThat(takesPart()).isFalse();
    CreateRequest create =
        CreateRequest.newBuilder()
            .setParent(Ids.inode(B, 77))
            .setName(ByteString.copyFromUtf8("f"))
            .setMode(0644)
            .setCaller(Caller.getDefaultInstance())
            .build();
    assertThat(failure(pair.ask(NodeKind.CLIENT, B, Operations.CREATE, create)).kind())
        .isEqualTo(FailureMessage.Kind.RETRY);
    // Once more says the same.
    assertThat(ShardPair.reply(retire(request().build())).getRetired()).isTrue();
    assertThat(takesPart()).isFalse();
  }

  @Test
  void lookOnlySaysWhatItHolds() throws Exception {
    RetireShardReply reply = ShardPair.reply(retire(look()));
    assertThat(reply.getRetired()).isFalse();
    assertThat(reply.getInodes()).isZero();
    assertThat(takesPart()).isTrue();
    Entry _ = ShardPair.reply(pair.makeDirectory("d", B));
    assertThat(ShardPair.reply(retire(look())).getInodes()).isEqualTo(1);
    RetireShardReply root = ShardPair.reply(retire(NodeKind.MANAGEMENT, SHARD, lookAtRoot()));
    assertThat(root.getRoot()).isTrue();
    assertThat(root.getInodes()).isPositive();
  }

  private RetireShardRequest lookAtRoot() {
    long incarnation = pair.management.map().node(NodeKind.METADATA, SHARD).incarnation();
    return RetireShardRequest.newBuilder().setIncarnation(incarnation).setLook(true).build();
  }

  @Test
  void aShardThatHoldsSomethingIsNotGivenUp() throws Exception {
    Entry _ = ShardPair.reply(pair.makeDirectory("d", B));
    RetireShardReply reply = ShardPair.reply(retire(request().build()));
    assertThat(reply.getRetired()).isFalse();
    assertThat(reply.getInodes()).isEqualTo(1);
    Entry second = ShardPair.reply(pair.makeDirectory("e", B));
    assertThat(Ids.shardOf(second.getInode())).isEqualTo(B);
    RetireShardReply root =
        ShardPair.reply(
            retire(NodeKind.MANAGEMENT, SHARD, lookAtRoot().toBuilder().setLook(false).build()));
    assertThat(root.getRetired()).isFalse();
    long _ = pair.make("inTheRoot");
  }

  @Test
  void undoneItTakesPartAgain() throws Exception {
    assertThat(ShardPair.reply(retire(request().build())).getRetired()).isTrue();
    RetireShardReply undone = ShardPair.reply(retire(request().setUndo(true).build()));
    assertThat(undone.getRetired()).isFalse();
    assertThat(takesPart()).isTrue();
    Entry made = ShardPair.reply(pair.makeDirectory("d", B));
    assertThat(Ids.shardOf(made.getInode())).isEqualTo(B);
  }

  @Test
  void aProcessThatIsAskedForAnotherGivesNothingUp() throws Exception {
    RetireShardRequest wrong = request().setIncarnation(request().getIncarnation() + 1).build();
    assertThat(failure(retire(wrong)).errno()).isEqualTo(Errno.ESTALE.number());
    assertThat(takesPart()).isTrue();
  }

  @Test
  void theNextProcessTakesPartAgainAndIsAskedAnew() throws Exception {
    RetireShardRequest former = request().build();
    assertThat(ShardPair.reply(retire(former)).getRetired()).isTrue();
    b.kill();
    Server _ = pair.start("b");
    pair.until(() -> retire(look()) instanceof Answer.Done);
    assertThat(takesPart()).isTrue();
    assertThat(failure(retire(former)).errno()).isEqualTo(Errno.ESTALE.number());
    assertThat(failure(retire(former.toBuilder().setUndo(true).build())).errno())
        .isEqualTo(Errno.ESTALE.number());
    Entry made = ShardPair.reply(pair.makeDirectory("d", B));
    assertThat(Ids.shardOf(made.getInode())).isEqualTo(B);
  }

  @Test
  void onlyManagementMayAsk() throws Exception {
    assertThat(failure(retire(NodeKind.METADATA, B, request().build())).errno())
        .isEqualTo(Errno.EPERM.number());
    assertThat(failure(retire(NodeKind.CLIENT, B, request().build())).errno())
        .isEqualTo(Errno.EPERM.number());
    assertThat(takesPart()).isTrue();
  }

  @Test
  void whatIsBeingMadeIsWaitedFor() throws Exception {
    Retirement retirement = b.target().retirement();
    retirement.begin(Operations.PREPARE);
    AtomicReference<Answer<RetireShardReply>> answer = new AtomicReference<>();
    Thread asking = Thread.ofPlatform().start(() -> answer.set(retire(request().build())));
    // From its first moment on nothing new is begun.
    pair.until(() -> {
      try {
        return !takesPart();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });
    assertThat(answer.get()).isNull();
    retirement.end(Operations.PREPARE);
    asking.join();
    assertThat(ShardPair.reply(answer.get()).getRetired()).isTrue();
  }
}
