package org.skep.runtime.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.cluster.Target;
import org.skep.linux.Errno;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Network;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealChance;
import org.skep.runtime.real.RealClock;
import org.skep.runtime.real.RealNetwork;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Exchange;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.RpcServer;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.runtime.twin.RecordingThreads;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.skep.wire.message.EndpointMessage;

/// From a target or group to its process, with repetitions, over real sockets and with scripted
/// answers.
final class RouterTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long INCARNATION = 5;
  private static final Operation<EndpointMessage, EndpointMessage> ASK =
      new Operation<>(
          0x701,
          "ask",
          Operation.Destination.STORAGE,
          false,
          EndpointMessage.parser(),
          EndpointMessage.parser());
  private static final EndpointMessage QUESTION = EndpointMessage.newBuilder().setHost("?").build();

  /// One answer of a server.
  @FunctionalInterface
  private interface Script {
    Outcome<EndpointMessage> apply(EndpointMessage request, Exchange exchange);
  }

  private final RecordingThreads threads = new RecordingThreads();
  private final RealClock clock = new RealClock();
  private final Ports ports =
      new Ports(clock, new RealChance(), new RealNetwork(clock, threads), threads);
  private final MapHolder maps = new MapHolder(clock);
  private final RpcClient client =
      new RpcClient(ports, RpcClient.Settings.of(NodeKind.CLIENT, 9, null, () -> "", maps::hint));
  private final List<FrameHeader> seen = new CopyOnWriteArrayList<>();
  private final List<RpcServer> servers = new CopyOnWriteArrayList<>();

  private Router router(long waitNanos) {
    return new Router(ports, client, maps, new Router.Settings(waitNanos, 10 * SECOND));
  }

  /// A server that answers as told; each answer once, the last one for ever.
  private RpcServer serve(long incarnation, Script... answers) throws IOException {
    return serve(new Endpoint.Tcp("127.0.0.1", 0), incarnation, answers);
  }

  private RpcServer serve(Endpoint endpoint, long incarnation, Script... answers)
      throws IOException {
    Deque<Script> script = new ArrayDeque<>(List.of(answers));
    Dispatcher dispatcher =
        new Dispatcher()
            .on(
                ASK,
                (request, exchange) -> {
                  boolean _ = seen.add(exchange.header());
                  return (script.size() > 1 ? script.poll() : script.getFirst())
                      .apply(request, exchange);
                });
    RpcServer server =
        new RpcServer(
            ports,
            new RpcServer.Settings(
                NodeKind.STORAGE,
                List.of(endpoint),
                null,
                () -> "",
                incarnation,
                () -> 1,
                ServerLimits.DEFAULT),
            dispatcher);
    server.start();
    servers.add(server);
    return server;
  }

  private static Script done() {
    return (request, exchange) -> Outcome.done(request);
  }

  private static Script refuse(Failure failure) {
    return (request, exchange) -> Outcome.refused(failure);
  }

  /// Storage node 1 with target 101, alone in group 3, and metadata node 1 with shard 2, all at one
  /// endpoint.
  private static ClusterMap map(long version, long epoch, long incarnation, Endpoint endpoint) {
    List<Endpoint> at = List.of(endpoint);
    return ClusterMap.of(
        version,
        "c",
        0,
        List.of(
            new Node(NodeKind.STORAGE, 1, "host", "", incarnation, at),
            new Node(NodeKind.METADATA, 1, "host", "", incarnation, at)),
        List.of(target(NodeKind.STORAGE, 101, epoch), target(NodeKind.METADATA, 2, epoch)),
        List.of(
            new BuddyGroup(NodeKind.STORAGE, 3, 101, 0, epoch + 10),
            new BuddyGroup(NodeKind.METADATA, 2, 2, 0, epoch + 20)));
  }

  private static Target target(NodeKind kind, int id, long epoch) {
    return new Target(kind, id, 1, "uuid-" + id, epoch, Reachability.ONLINE, Consistency.GOOD, 1);
  }

  private static Endpoint at(RpcServer server) {
    return server.endpoints().getFirst();
  }

  private static Answer<EndpointMessage> answered() {
    return new Answer.Done<>(QUESTION, 0);
  }

  private static Answer<EndpointMessage> ask(Router router) {
    return router.callStorage(false, 101, ASK, QUESTION, null, null);
  }

  private static Failure failure(Answer<?> answer) {
    return ((Answer.Refused<?>) answer).failure();
  }

  @AfterEach
  void stop() {
    client.close();
    servers.forEach(RpcServer::stop);
    assertThat(threads.broken()).isEmpty();
  }

  @Test
  void destinationEpochAndNumbersStandInTheHeader() throws Exception {
    maps.offer(map(1, 4, INCARNATION, at(serve(INCARNATION, done()))));
    Router router = router(SECOND);
    assertThat(ask(router)).isEqualTo(answered());
    assertThat(router.callStorage(true, 3, ASK, QUESTION, null, null)).isEqualTo(answered());
    assertThat(router.callShard(2, ASK, QUESTION, 8, 6)).isEqualTo(answered());
    assertThat(seen).extracting(FrameHeader::destination).containsExactly(101, 3, 2);
    assertThat(seen).extracting(FrameHeader::epoch).containsExactly(4L, 14L, 24L);
    assertThat(seen).extracting(FrameHeader::flags).containsExactly(0, FrameHeader.FLAG_GROUP, 0);
    assertThat(seen).extracting(FrameHeader::sequence).containsExactly(0L, 0L, 8L);
    assertThat(seen).extracting(FrameHeader::mark).containsExactly(0L, 0L, 6L);
    assertThat(router.waits()).isEmpty();
  }

  @Test
  void anErrnoIsTheAnswer() throws Exception {
    Failure full = Failure.errno(Errno.ENOSPC.number(), "full");
    maps.offer(map(1, 1, INCARNATION, at(serve(INCARNATION, refuse(full)))));
    assertThat(failure(ask(router(SECOND)))).isEqualTo(full);
    assertThat(seen).hasSize(1);
  }

  @Test
  void aMalformedRequestIsEioAtOnce() throws Exception {
    maps.offer(map(1, 1, INCARNATION, at(serve(INCARNATION, refuse(Failure.malformed("bad"))))));
    assertThat(failure(ask(router(SECOND))).errno()).isEqualTo(Errno.EIO.number());
    assertThat(seen).hasSize(1);
  }

  @Test
  void aRetryIsRepeatedWithTheSameNumbersAndBuffers() throws Exception {
    ByteBuffer out = ByteBuffer.allocateDirect(10).position(3);
    ByteBuffer in = ByteBuffer.allocateDirect(20).position(2);
    Script echo = (request, exchange) -> new Outcome.Done<>(request, exchange.bulk());
    maps.offer(
        map(
            1,
            1,
            INCARNATION,
            at(serve(INCARNATION, refuse(Failure.retry("a")), refuse(Failure.retry("b")), echo))));
    Answer<EndpointMessage> answer =
        router(10 * SECOND).callStorage(false, 101, ASK, QUESTION, out, in);
    assertThat(answer).isEqualTo(new Answer.Done<>(QUESTION, 7));
    assertThat(seen).extracting(FrameHeader::bulkBytes).containsExactly(7, 7, 7);
    assertThat(out.position()).isEqualTo(3);
    assertThat(in.position()).isEqualTo(9);
  }

  @Test
  void aStaleEpochWaitsForTheNewerMap() throws Exception {
    Endpoint[] endpoint = new Endpoint[1];
    RpcServer server =
        serve(
            INCARNATION,
            (request, exchange) -> {
              maps.offer(map(7, 2, INCARNATION, endpoint[0]));
              return Outcome.refused(Failure.staleEpoch("epoch 2 here", 7));
            },
            done());
    endpoint[0] = at(server);
    maps.offer(map(1, 1, INCARNATION, endpoint[0]));
    assertThat(ask(router(10 * SECOND))).isEqualTo(answered());
    assertThat(seen).extracting(FrameHeader::epoch).containsExactly(1L, 2L);
  }

  @Test
  void aServerThatIsAwayIsWaitedFor() throws Exception {
    RpcServer first = serve(INCARNATION, done());
    Endpoint endpoint = at(first);
    maps.offer(map(1, 1, INCARNATION, endpoint));
    first.stop();
    Router router = router(20 * SECOND);
    Thread _ =
        threads.start(
            "restart",
            () -> {
              // Only when the request is seen to wait.
              while (router.waits().isEmpty()) {
                clock.parkNanos(this, 1_000_000);
              }
              assertThat(router.waits().getFirst().destination())
                  .isEqualTo("storage target 101 (node 1, " + endpoint + ")");
              try {
                RpcServer _ = serve(endpoint, 6, done());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
              maps.offer(map(2, 1, 6, endpoint));
            });
    assertThat(ask(router)).isEqualTo(answered());
    assertThat(router.waits()).isEmpty();
  }

  @Test
  void whenTheWaitIsOverTheTargetIsNamed() throws Exception {
    RpcServer gone = serve(INCARNATION, done());
    Endpoint endpoint = at(gone);
    maps.offer(map(1, 1, INCARNATION, endpoint));
    gone.stop();
    Failure failure = failure(ask(router(SECOND)));
    assertThat(failure.errno()).isEqualTo(Errno.EIO.number());
    assertThat(failure.detail())
        .isEqualTo(
            "waited 1 s for storage target 101 (node 1, "
                + endpoint
                + "): "
                + endpoint
                + ": Connection refused");
  }

  @Test
  void anUnknownShardIsNamed() {
    Router router = router(SECOND);
    Answer<EndpointMessage> answer = router.callShard(9, ASK, QUESTION, 0, 0, 30_000_000);
    assertThat(failure(answer).detail())
        .isEqualTo("waited 0 s for metadata shard 9: not in the cluster map (version 0)");
  }

  @Test
  void numbersAreForgottenWhenAllBelowAreCompleted() {
    Sequencer sequencer = new Sequencer();
    assertThat(sequencer.completedBelow()).isEqualTo(1);
    long first = sequencer.begin();
    long second = sequencer.begin();
    assertThat(List.of(first, second)).containsExactly(1L, 2L);
    sequencer.end(second);
    assertThat(sequencer.completedBelow()).isEqualTo(1);
    sequencer.end(first);
    assertThat(sequencer.completedBelow()).isEqualTo(3);
    assertThatThrownBy(() -> sequencer.end(first)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theHolderKeepsTheNewestMapAndTellsWhoWantsANewerOne() throws Exception {
    Endpoint anywhere = new Endpoint.Tcp("h", 1);
    assertThat(maps.awaitWanted(0)).isFalse();
    maps.hint(3);
    assertThat(maps.awaitWanted(0)).isTrue();
    maps.offer(map(3, 1, 1, anywhere));
    maps.offer(map(2, 1, 1, anywhere));
    assertThat(maps.current().version()).isEqualTo(3);
    assertThat(maps.awaitWanted(0)).isFalse();
    assertThat(maps.awaitVersion(3, 0)).isTrue();
    assertThat(maps.awaitVersion(4, 1_000_000)).isFalse();
    assertThat(maps.awaitWanted(0)).isTrue();
  }

  /// Storage nodes 1 and 2 with targets 101 and 201, together group 3.
  private static ClusterMap pair(
      long version, int primary, Reachability first, Endpoint one, Endpoint other) {
    return ClusterMap.of(
        version,
        "c",
        0,
        List.of(
            new Node(NodeKind.STORAGE, 1, "one", "", INCARNATION, List.of(one)),
            new Node(NodeKind.STORAGE, 2, "other", "", INCARNATION + 1, List.of(other))),
        List.of(
            new Target(
                NodeKind.STORAGE, 101, 1, "u1", 1, first, Consistency.GOOD, Target.DEFAULT_POOL),
            new Target(
                NodeKind.STORAGE,
                201,
                2,
                "u2",
                1,
                Reachability.ONLINE,
                Consistency.GOOD,
                Target.DEFAULT_POOL)),
        List.of(new BuddyGroup(NodeKind.STORAGE, 3, primary, 302 - primary, version)));
  }

  /// A stopped process: the system accepts connections and nobody answers.
  private Listener stopped() throws IOException {
    return ports.network().listen(new Endpoint.Tcp("127.0.0.1", 0));
  }

  private Router router(Consumer<Node> suspect) {
    return new Router(
        ports, client, maps, new Router.Settings(20 * SECOND, 20 * SECOND, SECOND / 4), suspect);
  }

  private static Answer<EndpointMessage> read(Router router, ByteBuffer in, int prefer) {
    return router.readStorage(3, ASK, QUESTION, in, prefer);
  }

  private static Script bytes(int count) {
    return (request, exchange) -> new Outcome.Done<>(request, exchange.answerBuffer().limit(count));
  }

  @Test
  void aReadGoesToTheMemberThatIsPreferred() throws Exception {
    Endpoint one = at(serve(INCARNATION, bytes(1)));
    Endpoint other = at(serve(INCARNATION + 1, bytes(2)));
    maps.offer(pair(4, 101, Reachability.ONLINE, one, other));
    Router router = router(SECOND);
    for (int prefer : new int[] {101, 201, 7}) {
      ByteBuffer in = ByteBuffer.allocateDirect(10).position(3);
      int length = prefer == 201 ? 2 : 1;
      assertThat(read(router, in, prefer)).isEqualTo(new Answer.Done<>(QUESTION, length));
      assertThat(in.position()).isEqualTo(3 + length);
    }
    assertThat(seen)
        .extracting(FrameHeader::flags)
        .containsExactly(
            FrameHeader.FLAG_GROUP,
            FrameHeader.FLAG_GROUP | FrameHeader.FLAG_ANY_MEMBER,
            FrameHeader.FLAG_GROUP);
    assertThat(seen).extracting(FrameHeader::epoch).containsOnly(4L);
    assertThat(seen).extracting(FrameHeader::destination).containsOnly(3);
  }

  @Test
  void aReadThatOneMemberRefusesIsAskedOfTheOther() throws Exception {
    Failure broken = Failure.errno(Errno.EIO.number(), "disk");
    Endpoint one = at(serve(INCARNATION, refuse(broken)));
    Endpoint other = at(serve(INCARNATION + 1, bytes(2), refuse(broken)));
    maps.offer(pair(4, 101, Reachability.ONLINE, one, other));
    Router router = router(SECOND);
    assertThat(read(router, ByteBuffer.allocateDirect(10), 101))
        .isEqualTo(new Answer.Done<>(QUESTION, 2));
    assertThat(failure(read(router, ByteBuffer.allocateDirect(10), 201))).isEqualTo(broken);
    assertThat(seen).hasSize(4);
  }

  @Test
  void aMemberThatDoesNotAnswerIsNotWaitedForByReads() throws Exception {
    Endpoint other = at(serve(INCARNATION + 1, bytes(2)));
    try (Listener paused = stopped()) {
      maps.offer(pair(4, 101, Reachability.ONLINE, paused.endpoint(), other));
      Router router = router(node -> {});
      long start = clock.nanoTime();
      assertThat(read(router, ByteBuffer.allocateDirect(10), 101))
          .isEqualTo(new Answer.Done<>(QUESTION, 2));
      assertThat(clock.nanoTime() - start).isBetween(SECOND / 4, 10 * SECOND);
      long second = clock.nanoTime();
      assertThat(read(router, ByteBuffer.allocateDirect(10), 101))
          .isEqualTo(new Answer.Done<>(QUESTION, 2));
      assertThat(clock.nanoTime() - second).isLessThan(SECOND / 4);
    }
  }

  @Test
  void aSecondaryThatLacksSomethingIsNotRead() throws Exception {
    Endpoint one = at(serve(INCARNATION, bytes(1)));
    Endpoint other = at(serve(INCARNATION + 1, bytes(2)));
    maps.offer(pair(4, 201, Reachability.PROBABLY_OFFLINE, one, other));
    assertThat(read(router(SECOND), ByteBuffer.allocateDirect(10), 101))
        .isEqualTo(new Answer.Done<>(QUESTION, 2));
    assertThat(seen).hasSize(1);
  }

  @Test
  void aFailoverTakesRequestsFromAStoppedServerToTheNewPrimaryAtOnce() throws Exception {
    Endpoint other = at(serve(INCARNATION + 1, done()));
    ProcessWatch watch = new ProcessWatch(ports, maps, client);
    try (Listener paused = stopped()) {
      maps.offer(pair(4, 101, Reachability.ONLINE, paused.endpoint(), other));
      watch.start();
      long[] switchedAt = new long[1];
      Thread _ =
          threads.start(
              "failover",
              () -> {
                try (Connection connection = paused.accept()) {
                  assertThat(connection.awaitReadable(20 * SECOND)).isTrue();
                  switchedAt[0] = clock.nanoTime();
                  maps.offer(pair(5, 201, Reachability.OFFLINE, paused.endpoint(), other));
                  while (servers.size() < 2) {
                    clock.parkNanos(this, 1_000_000);
                  }
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(router(node -> {}).callStorage(true, 3, ASK, QUESTION, null, null))
          .isEqualTo(answered());
      assertThat(clock.nanoTime() - switchedAt[0]).isLessThan(SECOND);
      RpcServer _ = serve(99, done());
    } finally {
      watch.stop();
    }
  }

  @Test
  void aProcessThatRefusesConnectionsIsSuspectedOnce() throws Exception {
    RpcServer gone = serve(INCARNATION, done());
    Endpoint other = at(serve(INCARNATION + 1, done()));
    maps.offer(pair(4, 101, Reachability.ONLINE, at(gone), other));
    gone.stop();
    List<Node> suspects = new CopyOnWriteArrayList<>();
    Router router =
        router(node -> {
          boolean _ = suspects.add(node);
          maps.offer(pair(5, 201, Reachability.OFFLINE, at(gone), other));
        });
    assertThat(router.callStorage(true, 3, ASK, QUESTION, null, null)).isEqualTo(answered());
    router.failed(suspects.getFirst(), new Network.RefusedException("again"));
    assertThat(suspects).extracting(Node::id).containsExactly(1);
  }
}
