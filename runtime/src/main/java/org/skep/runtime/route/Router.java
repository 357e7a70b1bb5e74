package org.skep.runtime.route;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.BuddyGroup;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.linux.Errno;
import org.skep.runtime.port.Network;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RequestHeader;
import org.skep.runtime.rpc.RpcClient;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends a request to whoever serves a shard, target or group now, and repeats it until it is
/// answered or its wait is over. Any thread may call it.
///
/// | what came | what is done |
/// | --- | --- |
/// | an answer, or a failure of kind ERRNO | handed out |
/// | MALFORMED | EIO at once |
/// | connection failure, STALE_EPOCH, NOT_SERVED, RETRY, unknown destination | again after a newer map, at the latest after a pause |
///
/// Pauses grow from 10 to 500 ms, and begin anew with each newer map. A repetition has the same
/// sequence number and finds the bulk buffers as they were.
public final class Router {
  private static final Logger LOGGER = LoggerFactory.getLogger(Router.class);
  private static final long PAUSE_NANOS_MIN = 10_000_000L;
  private static final long PAUSE_NANOS_MAX = 500_000_000L;
  private static final long ATTEMPT_NANOS_MIN = 100_000_000L;
  private static final long SLOW_NANOS = 2_000_000_000L;
  private static final long FOR_EVER = 0;

  private final RpcClient client;
  private final MapSource maps;
  private final Settings settings;
  private final Waits waits;
  private final @Nullable Consumer<Node> suspect;
  private final Suspicions suspicions;
  private final ReadableMembers readable;
  private volatile boolean closed;

  /// @param waitNanos how long a request may wait altogether; 0: for ever
  /// @param requestTimeoutNanos how long a single attempt may take before the connection counts as
  ///   lost
  /// @param patienceNanos how long one member of a group may take for a read before another one is
  ///   asked
  public record Settings(long waitNanos, long requestTimeoutNanos, long patienceNanos) {
    public static final long PATIENCE_NANOS = 200_000_000L;
    public static final Settings DEFAULT = new Settings(60_000_000_000L, 60_000_000_000L);

    /// With the usual patience.
    public Settings(long waitNanos, long requestTimeoutNanos) {
      this(waitNanos, requestTimeoutNanos, PATIENCE_NANOS);
    }
  }

  /// A request that waits.
  ///
  /// @param destination by name: `storage target 101 (node 1, host:port)`
  /// @param reason why the last attempt failed, or that there is no answer yet
  public record Wait(String destination, String operation, String reason, long ageNanos) {}

  public Router(Ports ports, RpcClient client, MapSource maps, Settings settings) {
    this(ports, client, maps, settings, null);
  }

  /// @param suspect is told, on a thread of its own, of a process that refused connections at all
  ///   its endpoints while the map has it online: `Suspicion`
  public Router(
      Ports ports,
      RpcClient client,
      MapSource maps,
      Settings settings,
      @Nullable Consumer<Node> suspect) {
    this.client = client;
    this.maps = maps;
    this.settings = settings;
    this.suspect = suspect;
    suspicions = new Suspicions(ports);
    readable = new ReadableMembers(ports.clock());
    waits = new Waits(ports.clock());
  }

  /// Asks a metadata shard.
  ///
  /// @param sequence of a change, from a [Sequencer]; 0 where a repetition does no harm
  /// @param mark all sequences below are completed
  public <Q extends MessageLite, R extends MessageLite> Answer<R> callShard(
      int shard, Operation<Q, R> operation, Q request, long sequence, long mark) {
    return callShard(shard, operation, request, sequence, mark, settings.waitNanos());
  }

  /// @param waitNanos instead of the settings'; 0: for ever
  public <Q extends MessageLite, R extends MessageLite> Answer<R> callShard(
      int shard, Operation<Q, R> operation, Q request, long sequence, long mark, long waitNanos) {
    Destination destination = new Destination(NodeKind.METADATA, true, shard);
    return new Attempts<>(destination, operation, request, sequence, mark, null, null, waitNanos)
        .run();
  }

  /// Asks a storage target, or with `group` the primary of a storage group.
  ///
  /// @param bulkOut sent from position to limit, which stay as they are
  /// @param bulkIn gets the answer's bulk payload, from its position on, which is moved by its
  ///   length; it stays where it was if the request failed
  public <Q extends MessageLite, R extends MessageLite> Answer<R> callStorage(
      boolean group,
      int id,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn) {
    return callStorage(group, id, operation, request, bulkOut, bulkIn, settings.waitNanos());
  }

  /// @param waitNanos instead of the settings'; 0: for ever
  public <Q extends MessageLite, R extends MessageLite> Answer<R> callStorage(
      boolean group,
      int id,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn,
      long waitNanos) {
    Destination destination = new Destination(NodeKind.STORAGE, group, id);
    return new Attempts<>(destination, operation, request, 0, 0, bulkOut, bulkIn, waitNanos).run();
  }

  /// Reads from a storage group, from whichever member answers: `preferMember` is tried once, with
  /// a short patience, then at once the other one, then the primary as [#callStorage] does. A
  /// member that did not answer is not tried first for a while. The request must have no effect, as
  /// it may go on at a server after another one has answered.
  ///
  /// @param preferMember target id of the member to ask first; the primary if it can't be asked
  /// @param bulkIn gets the answer's bulk payload, from its position on, which is moved by its
  ///   length; it stays where it was if the request failed. Only the caller's thread writes to it
  public <Q extends MessageLite, R extends MessageLite> Answer<R> readStorage(
      int group,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkIn,
      int preferMember) {
    ClusterMap map = maps.current();
    BuddyGroup members = map.group(NodeKind.STORAGE, group);
    List<Integer> order = members == null ? List.of() : readable.order(map, members, preferMember);
    int start = bulkIn == null ? 0 : bulkIn.position();
    for (int member : order) {
      Answer<R> answer = readOnce(map, group, member, operation, request, bulkIn);
      if (answer != null) {
        return answer;
      }
      if (bulkIn != null) {
        bulkIn.position(start);
      }
    }
    return callStorage(true, group, operation, request, null, bulkIn);
  }

  /// @return null if another member shall be asked
  private <Q extends MessageLite, R extends MessageLite> @Nullable Answer<R> readOnce(
      ClusterMap map,
      int group,
      int member,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkIn) {
    BuddyGroup members = map.group(NodeKind.STORAGE, group);
    Node node = map.nodeOfTarget(NodeKind.STORAGE, member);
    if (members == null || node == null) {
      return null;
    }
    int flags =
        FrameHeader.FLAG_GROUP | (member == members.primary() ? 0 : FrameHeader.FLAG_ANY_MEMBER);
    RequestHeader header = new RequestHeader(group, members.epoch(), flags, 0, 0);
    try {
      Answer<R> answer =
          client.read(Peer.of(node), operation, request, header, bulkIn, settings.patienceNanos());
      return answer instanceof Answer.Done<R> ? answer : null;
    } catch (IOException e) {
      LOGGER.debug("{} did not answer {}", node, operation.name(), e);
      failed(node, e);
      readable.slow(member);
      return null;
    }
  }

  /// Takes note of a request to a process, sent past this router, that failed: if nobody listens
  /// there any more, management hears of it.
  public void failed(Node node, IOException failure) {
    if (failure instanceof Network.RefusedException && suspect != null && isOnline(node)) {
      suspicions.add(node, suspect);
    }
  }

  /// Whether the map has the process, with a target that is not Offline.
  private boolean isOnline(Node node) {
    ClusterMap map = maps.current();
    Node now = map.node(node.kind(), node.id());
    return now != null
        && now.incarnation() == node.incarnation()
        && map.targetsOf(node.kind()).stream()
            .filter(target -> target.nodeId() == node.id())
            .anyMatch(target -> target.reachability() != Reachability.OFFLINE);
  }

  /// Lets requests that wait fail with EIO, at the latest after their pause of half a second, and
  /// others after one attempt. An attempt under way ends with the client's connections.
  public void close() {
    closed = true;
  }

  /// The requests that wait at present: those to be repeated, and those without an answer for over
  /// two seconds.
  public List<Wait> waits() {
    List<Wait> all = new ArrayList<>(waits.list());
    for (RpcClient.Call call : client.slow(SLOW_NANOS)) {
      all.add(new Wait(call.peer().toString(), call.operation(), "no answer yet", call.ageNanos()));
    }
    return all;
  }

  /// One request with all its repetitions, on one thread.
  private final class Attempts<Q extends MessageLite, R extends MessageLite> {
    private final Destination destination;
    private final Operation<Q, R> operation;
    private final Q request;
    private final long sequence;
    private final long mark;
    private final @Nullable ByteBuffer bulkOut;
    private final @Nullable ByteBuffer bulkIn;
    private final int bulkInStart;
    private final long waitNanos;
    private final Waits.Waiting waiting;
    private long pauseNanos = PAUSE_NANOS_MIN;
    private long triedVersion;

    Attempts(
        Destination destination,
        Operation<Q, R> operation,
        Q request,
        long sequence,
        long mark,
        @Nullable ByteBuffer bulkOut,
        @Nullable ByteBuffer bulkIn,
        long waitNanos) {
      this.destination = destination;
      this.operation = operation;
      this.request = request;
      this.sequence = sequence;
      this.mark = mark;
      this.bulkOut = bulkOut;
      this.bulkIn = bulkIn;
      this.waitNanos = waitNanos;
      bulkInStart = bulkIn == null ? 0 : bulkIn.position();
      waiting = waits.begin(operation.name());
    }

    Answer<R> run() {
      try (Waits.Waiting ends = waiting) {
        while (true) {
          Answer<R> answer = attempt();
          if (answer != null) {
            return answer;
          }
          if (bulkIn != null) {
            bulkIn.position(bulkInStart);
          }
          if (closed) {
            return failed(Errno.EIO, "ended while waiting for " + ends.text());
          }
          if (waitNanos != FOR_EVER && ends.nanos() >= waitNanos) {
            ends.gaveUp();
            String text = "waited " + waitNanos / 1_000_000_000L + " s for " + ends.text();
            return failed(Errno.EIO, text);
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return failed(Errno.EINTR, "interrupted: " + waiting.text());
      }
    }

    private Answer<R> failed(Errno errno, String detail) {
      return new Answer.Refused<>(Failure.errno(errno.number(), detail));
    }

    /// Tries once, and pauses if that gave no answer.
    ///
    /// @return null to try again
    private @Nullable Answer<R> attempt() throws InterruptedException {
      ClusterMap map = maps.current();
      if (map.version() != triedVersion) {
        triedVersion = map.version();
        pauseNanos = PAUSE_NANOS_MIN;
      }
      Destination.Place place = destination.find(map);
      Node node = place.node();
      if (node == null) {
        waiting.failed(place.name(), "not in the cluster map (version " + map.version() + ")");
        awaitMap(map.version() + 1);
        return null;
      }
      try {
        Answer<R> answer = ask(node, place.epoch());
        return switch (answer) {
          case Answer.Done<R> done -> done;
          case Answer.Refused<R>(Failure failure) -> refused(answer, failure, place, map);
        };
      } catch (IOException e) {
        Router.this.failed(node, e);
        waiting.failed(place.name(), reason(e));
        awaitMap(map.version() + 1);
        return null;
      }
    }

    private Answer<R> ask(Node node, long epoch) throws IOException {
      RequestHeader header =
          new RequestHeader(destination.id(), epoch, destination.flags(), sequence, mark);
      long timeout = settings.requestTimeoutNanos();
      if (waitNanos != FOR_EVER) {
        timeout = Math.min(timeout, Math.max(waitNanos - waiting.nanos(), ATTEMPT_NANOS_MIN));
      }
      return client.call(Peer.of(node), operation, request, header, bulkOut, bulkIn, timeout);
    }

    private @Nullable Answer<R> refused(
        Answer<R> answer, Failure failure, Destination.Place place, ClusterMap map)
        throws InterruptedException {
      switch (failure.kind()) {
        case ERRNO -> {
          return answer;
        }
        case STALE_EPOCH, NOT_SERVED -> {
          waiting.failed(place.name(), failure.detail());
          awaitMap(Math.max(failure.mapVersion(), map.version() + 1));
        }
        case RETRY -> {
          waiting.failed(place.name(), failure.detail());
          awaitMap(map.version() + 1);
        }
        case MALFORMED, UNRECOGNIZED -> {
          return failed(Errno.EIO, place.name() + " refused: " + failure.detail());
        }
      }
      return null;
    }

    private void awaitMap(long version) throws InterruptedException {
      boolean _ = maps.awaitVersion(version, nextPause());
    }

    private long nextPause() {
      long pause = pauseNanos;
      pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
      if (waitNanos == FOR_EVER) {
        return pause;
      }
      return Math.clamp(waitNanos - waiting.nanos(), 0, pause);
    }
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
