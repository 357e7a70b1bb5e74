package org.skep.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.skep.mirror.GroupMaps.BUDDY_PROCESS;
import static org.skep.mirror.GroupMaps.GROUP;
import static org.skep.mirror.GroupMaps.OWN;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Consistency;
import org.skep.cluster.Endpoint;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupMember.Access;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.runtime.route.MapHolder;
import org.skep.runtime.rpc.Dispatcher;
import org.skep.runtime.rpc.Outcome;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.RpcServer;
import org.skep.runtime.rpc.ServerLimits;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.Operations;
import org.skep.wire.message.Empty;
import org.skep.wire.message.FailureMessage.Kind;
import org.skep.wire.message.TargetReport;

/// Target 10 of a metadata group, whose other member is 20, under maps that the test makes.
@Timeout(30)
class GroupMemberTest {
  private static final long CLIENT = 99;
  private static final int FORWARDED = FrameHeader.FLAG_FORWARDED;
  private static final long SECOND = 1_000_000_000L;

  private final Ports ports = RealPorts.create();
  private final MapHolder maps = new MapHolder(ports.clock());
  private final LinkedBlockingQueue<String> calls = new LinkedBlockingQueue<>();
  private final Recorder replica = new Recorder();
  private final Around around = new Around();
  private final RpcClient client =
      new RpcClient(
          ports, RpcClient.Settings.of(NodeKind.METADATA, 1, null, () -> "", version -> {}));
  private final GroupMember member =
      new GroupMember(ports, maps, client, NodeKind.METADATA, OWN, around, replica);
  private GroupMaps group = GroupMaps.UNREACHED;
  private @Nullable RpcServer buddy;
  private boolean started;

  private final class Recorder implements Replica {
    private volatile boolean mayServe = true;
    private volatile boolean fails;
    private volatile boolean stepsOutIfItCannot;
    private volatile boolean unsure;

    @Override
    public boolean prepare(GroupView before, GroupView next) throws IOException {
      boolean _ = calls.add("prepare " + before.role() + " " + next.role());
      if (fails) {
        throw new IOException("not yet");
      }
      return mayServe;
    }

    @Override
    public void cannotPrepare(GroupView next, String why) {
      if (stepsOutIfItCannot) {
        member.stepOut(next, why);
      }
      boolean _ = calls.add("cannot " + next.role() + " " + why);
    }

    @Override
    public void begins(GroupView view) {
      boolean _ = calls.add("begins " + view.role() + (admits(0) ? " too late" : ""));
    }

    @Override
    public void renewed(GroupView view) {
      boolean _ = calls.add("renewed " + view.buddyIncarnation());
    }

    @Override
    public void ends(GroupView next) {
      boolean _ = calls.add("ends " + next.role() + (admits(0) ? " too early" : ""));
    }

    @Override
    public boolean unsure() {
      return unsure;
    }

    @Override
    public void report(GroupView view, TargetReport.Builder report) {
      report.setResyncing(view.role() == Role.PRIMARY_ALONE);
    }
  }

  private static final class Around implements Surroundings {
    private final AtomicInteger beats = new AtomicInteger();
    private volatile boolean lease;
    private volatile long silentNanos = SECOND / 5;

    @Override
    public boolean holdsLease() {
      return lease;
    }

    @Override
    public long silentNanos() {
      return silentNanos;
    }

    @Override
    public void suspect(Node node) {}

    @Override
    public void beatNow() {
      int _ = beats.incrementAndGet();
    }
  }

  @AfterEach
  void stop() {
    if (started) {
      member.stop();
    }
    client.close();
    if (buddy != null) {
      buddy.stop();
    }
  }

  private void start() {
    started = true;
    member.start();
  }

  private static FrameHeader header(int destination, long epoch, int flags) {
    return new FrameHeader(FrameKind.REQUEST, 0x201, 1, 0, 0, 0, destination, epoch, 0, 0, flags);
  }

  private FrameHeader header(int flags) {
    return header(GROUP, maps.current().version(), flags);
  }

  private boolean admits(int flags) {
    try {
      GroupView _ = member.admit(header(flags), CLIENT, Access.CHANGE);
      return true;
    } catch (MemberRefusal e) {
      return false;
    }
  }

  private Failure refusal(FrameHeader header, long sender, Access access) {
    MemberRefusal refusal =
        catchThrowableOfType(
            MemberRefusal.class, () -> member.enter(header, sender, access).close());
    assertThat(refusal).isNotNull();
    return refusal.failure();
  }

  private void next(String... expected) throws InterruptedException {
    List<String> got = new ArrayList<>();
    for (String _ : expected) {
      got.add(String.valueOf(calls.poll(10, TimeUnit.SECONDS)));
    }
    assertThat(got).containsExactly(expected);
  }

  private void beginAs(ClusterMap map, Role role) throws InterruptedException {
    maps.offer(map);
    start();
    next("prepare NONE " + role, "begins " + role);
    awaitServing();
  }

  /// [Replica#begins] is called before the first request is admitted.
  private void awaitServing() throws InterruptedException {
    member.awaitView(GroupView.NOTHING, 10 * SECOND);
    while (member.view().mapVersion() != maps.current().version()) {
      member.awaitView(member.view(), SECOND);
    }
  }

  // --- the order of a replica's calls ------------------------------------------------------------

  @Test
  void aTermEndsAtOnceAndTheNextIsPreparedWhenTheTurnsAreOver() throws Exception {
    beginAs(group.alone(1), Role.PRIMARY_ALONE);
    Turn turn = member.enter(header(0), CLIENT, Access.CHANGE);
    assertThat(turn.isOpen()).isTrue();
    maps.offer(group.pair(2));
    next("ends PRIMARY_OF_PAIR");
    assertThat(turn.isOpen()).isFalse();
    assertThat(turn.next().role()).isEqualTo(Role.PRIMARY_OF_PAIR);
    assertThat(refusal(header(0), CLIENT, Access.CHANGE).kind()).isEqualTo(Kind.RETRY);
    assertThat(calls.poll(200, TimeUnit.MILLISECONDS)).as("a turn is open").isNull();
    turn.close();
    next("prepare PRIMARY_ALONE PRIMARY_OF_PAIR", "begins PRIMARY_OF_PAIR");
    awaitServing();
    assertThat(admits(0)).isTrue();
    member.stop();
    started = false;
    next("ends NONE");
    assertThat(calls).isEmpty();
  }

  @Test
  void whatWasOnlyAdmittedIsNotWaitedFor() throws Exception {
    beginAs(group.alone(1), Role.PRIMARY_ALONE);
    assertThat(member.admit(header(0), CLIENT, Access.CHANGE).epoch()).isEqualTo(1);
    maps.offer(group.stale(2));
    next("ends SECONDARY_STALE", "prepare PRIMARY_ALONE SECONDARY_STALE", "begins SECONDARY_STALE");
  }

  @Test
  void aTermThatCannotBeginIsTriedAgainAndGivenUpForANewerMap() throws Exception {
    replica.fails = true;
    maps.offer(group.alone(1));
    start();
    next("prepare NONE PRIMARY_ALONE", "prepare NONE PRIMARY_ALONE");
    maps.offer(group.stale(2));
    String call = "";
    while (!call.equals("prepare NONE SECONDARY_STALE")) {
      call = String.valueOf(calls.poll(10, TimeUnit.SECONDS));
      assertThat(call).isNotEqualTo("null").doesNotStartWith("ends").doesNotStartWith("begins");
    }
    replica.fails = false;
    while (!call.startsWith("begins")) {
      call = String.valueOf(calls.poll(10, TimeUnit.SECONDS));
      assertThat(call).isNotEqualTo("null").doesNotStartWith("ends");
    }
    assertThat(call).isEqualTo("begins SECONDARY_STALE");
  }

  @Test
  void aMemberThatCannotBeginMayStepOutOfWhatItPrepares() throws Exception {
    replica.fails = true;
    replica.stepsOutIfItCannot = true;
    maps.offer(group.pair(1));
    start();
    String call = "";
    while (!call.startsWith("cannot")) {
      call = String.valueOf(calls.poll(10, TimeUnit.SECONDS));
    }
    assertThat(call).isEqualTo("cannot PRIMARY_OF_PAIR not yet");
    assertThat(report().getStepsOut()).isTrue();
    replica.fails = false;
    while (!call.startsWith("begins")) {
      call = String.valueOf(calls.poll(10, TimeUnit.SECONDS));
    }
    awaitServing();
    assertThat(report().getStepsOut()).isTrue();
    assertThat(refusal(header(0), CLIENT, Access.READ).detail()).contains("it can't take part");
    maps.offer(group.stale(2));
    next("ends SECONDARY_STALE", "prepare PRIMARY_OF_PAIR SECONDARY_STALE");
    next("begins SECONDARY_STALE");
    awaitServing();
    assertThat(report().getStepsOut()).isFalse();
  }

  @Test
  void aStopIsTheLastThingAReplicaHearsAlsoIfNoTermHasBegun() throws Exception {
    replica.fails = true;
    maps.offer(group.alone(1));
    start();
    next("prepare NONE PRIMARY_ALONE");
    member.stop();
    started = false;
    List<String> rest = new ArrayList<>();
    int _ = calls.drainTo(rest);
    assertThat(rest).endsWith("ends NONE");
    assertThat(rest.stream().filter(call -> call.startsWith("ends"))).hasSize(1);
  }

  @Test
  void anotherProcessOfTheBuddyIsNoOtherTermOfAPrimary() throws Exception {
    beginAs(group.alone(1), Role.PRIMARY_ALONE);
    maps.offer(group.map(2, 1, OWN, Consistency.GOOD, Consistency.NEEDS_RESYNC, 78));
    next("renewed 78");
    assertThat(member.view().buddyIncarnation()).isEqualTo(78);
  }

  @Test
  void whoMayNotServeSaysWhatItWaitsFor() throws Exception {
    replica.mayServe = false;
    replica.unsure = true;
    beginAs(group.alone(1), Role.PRIMARY_ALONE);
    assertThat(refusal(header(0), CLIENT, Access.READ).detail())
        .contains("management has not yet heard");
    TargetReport report = report();
    assertThat(report.getUnsure()).isTrue();
    assertThat(report.getResyncing()).as("the replica's own word").isTrue();
  }

  private TargetReport report() {
    TargetReport.Builder report = TargetReport.newBuilder();
    member.report(report);
    return report.build();
  }

  @Test
  void whoStepsOutServesNothingUntilItStepsIn() throws Exception {
    beginAs(group.pair(1), Role.PRIMARY_OF_PAIR);
    GroupView view = member.view();
    member.stepOut(GroupView.NOTHING, "of another term");
    assertThat(admits(0)).isTrue();
    int beats = around.beats.get();
    member.stepOut(view, "a bad disk");
    assertThat(around.beats.get()).isGreaterThan(beats);
    assertThat(report().getStepsOut()).isTrue();
    assertThat(refusal(header(0), CLIENT, Access.CHANGE).detail()).contains("a bad disk");
    member.stepIn(view);
    assertThat(report().getStepsOut()).isFalse();
    assertThat(admits(0)).isTrue();
  }

  // --- who may ask for what ----------------------------------------------------------------------

  @Test
  void aPrimaryIsAskedDirectly() throws Exception {
    beginAs(group.pair(3), Role.PRIMARY_OF_PAIR);
    assertThat(refusal(header(FORWARDED), BUDDY_PROCESS, Access.CHANGE).kind())
        .isEqualTo(Kind.NOT_SERVED);
    assertThat(refusal(header(GROUP, 2, 0), CLIENT, Access.CHANGE).kind())
        .isEqualTo(Kind.STALE_EPOCH);
    assertThat(refusal(header(GROUP, 4, 0), CLIENT, Access.CHANGE).kind()).isEqualTo(Kind.RETRY);
    assertThat(refusal(header(0), CLIENT, Access.RESYNC).kind()).isEqualTo(Kind.MALFORMED);
    Failure another = refusal(header(5, 3, 0), CLIENT, Access.CHANGE);
    assertThat(another.kind()).isEqualTo(Kind.NOT_SERVED);
    assertThat(another.detail()).isEqualTo("meta target 10 is not in group 5 yet");
  }

  @Test
  void aSecondaryIsAskedByItsPrimarysProcess() throws Exception {
    beginAs(group.secondary(3), Role.SECONDARY);
    for (Access access : List.of(Access.CHANGE, Access.CONFIRM)) {
      member.enter(header(FORWARDED), BUDDY_PROCESS, access).close();
    }
    assertThat(refusal(header(FORWARDED), 78, Access.CHANGE).kind()).isEqualTo(Kind.RETRY);
    assertThat(refusal(header(0), CLIENT, Access.READ).kind()).isEqualTo(Kind.NOT_SERVED);
  }

  @Test
  void aStaleSecondaryConfirmsNothing() throws Exception {
    beginAs(group.stale(3), Role.SECONDARY_STALE);
    for (Access access : List.of(Access.CHANGE, Access.RESYNC)) {
      member.enter(header(FORWARDED), BUDDY_PROCESS, access).close();
    }
    assertThat(refusal(header(FORWARDED), BUDDY_PROCESS, Access.CONFIRM).kind())
        .isEqualTo(Kind.NOT_SERVED);
  }

  // --- a primary and its secondary ---------------------------------------------------------------

  /// The buddy's process, which answers CONFIRM_SHARD.
  private LinkedBlockingQueue<FrameHeader> serveBuddy() throws IOException {
    LinkedBlockingQueue<FrameHeader> asked = new LinkedBlockingQueue<>();
    Dispatcher dispatcher =
        new Dispatcher()
            .on(
                Operations.CONFIRM_SHARD,
                (request, exchange) -> {
                  boolean _ = asked.add(exchange.header());
                  return Outcome.done(Empty.getDefaultInstance());
                });
    RpcServer server =
        new RpcServer(
            ports,
            new RpcServer.Settings(
                NodeKind.METADATA,
                List.of(new Endpoint.Tcp("127.0.0.1", 0)),
                null,
                () -> "",
                BUDDY_PROCESS,
                () -> 1,
                ServerLimits.DEFAULT),
            dispatcher);
    server.start();
    buddy = server;
    group = new GroupMaps(server.endpoints());
    return asked;
  }

  @Test
  void aPrimaryOfAPairAnswersWithALeaseOrItsSecondarysWord() throws Exception {
    LinkedBlockingQueue<FrameHeader> asked = serveBuddy();
    beginAs(group.pair(6), Role.PRIMARY_OF_PAIR);
    around.silentNanos = 5 * SECOND;
    member.mayAnswer(member.view(), true);
    FrameHeader header = asked.poll(10, TimeUnit.SECONDS);
    assertThat(header.flags()).isEqualTo(FORWARDED);
    assertThat(header.destination()).isEqualTo(GROUP);
    assertThat(header.epoch()).isEqualTo(6);
    buddy.stop();
    buddy = null;
    around.silentNanos = SECOND / 5;
    assertThat(
            catchThrowableOfType(MemberRefusal.class, () -> member.mayAnswer(member.view(), true))
                .failure()
                .kind())
        .isEqualTo(Kind.RETRY);
    around.lease = true;
    member.mayAnswer(member.view(), true);
    around.lease = false;
    member.mayAnswer(member.view(), false);
  }

  @Test
  void aSecondaryThatIsNeededAndSilentIsComplainedOf() throws Exception {
    beginAs(group.pair(6), Role.PRIMARY_OF_PAIR);
    assertThat(report().getBuddyUnreachableEpoch()).isZero();
    int beats = around.beats.get();
    member.forwarder().needs(1);
    while (around.beats.get() == beats) {
      member.awaitView(member.view(), SECOND / 100);
    }
    assertThat(report().getBuddyUnreachableEpoch()).isEqualTo(6);
    member.forwarder().needs(-1);
    // The thread that looks may be about to complain once more.
    while (report().getBuddyUnreachableEpoch() != 0) {
      member.forwarder().taken();
    }
    member.forwarder().complainForGood(member.view(), "it refuses a change");
    member.forwarder().taken();
    assertThat(report().getBuddyUnreachableEpoch()).isEqualTo(6);
  }
}
