package org.skep.metadata.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.skep.metadata.twin.ShardCluster.ROOT;
import static org.skep.metadata.twin.TreeClient.bytes;
import static org.skep.metadata.twin.TreeClient.done;

import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.metadata.twin.ShardCluster;
import org.skep.metadata.twin.TestClock;
import org.skep.metadata.twin.TreeClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.SetAttributesRequest;

/// A client of two shards, for tests of single operations. JUnit makes a new one for each test.
abstract class OneClient {
  static final Caller ROOT_USER =
      Caller.newBuilder().setUid(0).setGid(0).setPrivileged(true).build();

  final TestClock clock = new TestClock();
  final ShardCluster cluster = cluster(clock);
  final TreeClient client = new TreeClient(cluster, 5);

  private static ShardCluster cluster(TestClock clock) {
    try {
      return new ShardCluster(2, clock, 1);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static void refused(Answer<?> answer, Errno errno) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    Failure failure = ((Answer.Refused<?>) answer).failure();
    assertThat(failure.kind()).as("%s", failure).isEqualTo(FailureMessage.Kind.ERRNO);
    assertThat(Errno.of(failure.errno())).as("%s", failure).isEqualTo(errno);
  }

  static void refused(Answer<?> answer, FailureMessage.Kind kind) {
    assertThat(answer).isInstanceOf(Answer.Refused.class);
    assertThat(((Answer.Refused<?>) answer).failure().kind()).isEqualTo(kind);
  }

  long created(String name) {
    return done(create(name, OpenFlags.O_RDWR, true)).getEntry().getInode();
  }

  Answer<Attributes> set(SetAttributesRequest.Builder request) {
    return client.change(request.getInode(), Operations.SET_ATTRIBUTES, request.build());
  }

  SetAttributesRequest.Builder to(long inode) {
    return SetAttributesRequest.newBuilder().setInode(inode);
  }

  void settle() throws Exception {
    cluster.settle(() -> clock.advance(4_000_000_000L));
  }

  Answer<CreateReply> create(String name, int flags, boolean exclusive) {
    return client.change(
        ROOT,
        Operations.CREATE,
        CreateRequest.newBuilder()
            .setParent(ROOT)
            .setName(bytes(name))
            .setMode(0644)
            .setOpenFlags(flags)
            .setExclusive(exclusive)
            .setCaller(TreeClient.USER)
            .build());
  }
}
