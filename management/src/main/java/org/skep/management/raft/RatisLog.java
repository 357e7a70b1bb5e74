package org.skep.management.raft;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;
import org.skep.management.log.CommandLog;
import org.skep.management.log.StateMachine;
import org.skep.management.log.Submission;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.Gate;

/// The log of commands in Apache Ratis. An answered command is in the log file and synced (with
/// several peers: on a majority of them).
public final class RatisLog implements CommandLog {
  private static final RaftGroupId GROUP =
      RaftGroupId.valueOf(
          UUID.nameUUIDFromBytes("skep management".getBytes(StandardCharsets.UTF_8)));

  /// A record holds one command of at most [CommandLog#COMMAND_BYTES_MAX] bytes.
  private static final int RECORD_BYTES_MAX = 1 << 20;

  private static final int PREALLOCATED_BYTES = 64 << 10;

  /// @param segmentBytesMax of one file of the log
  /// @param snapshotRecords after which a snapshot is taken and older files are removed; so many
  ///   are replayed at most at a start
  record Tuning(int segmentBytesMax, int snapshotRecords) {}

  private static final Tuning TUNING = new Tuning(8 << 20, 1024);
  private static final int SNAPSHOTS_KEPT = 2;
  private static final long RETRY_NANOS = 5_000_000L;

  private final Clock clock;
  private final RaftServer server;
  private final MachineAdapter machine;
  private final boolean alone;
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private volatile boolean closed;

  private RatisLog(Clock clock, RaftServer server, MachineAdapter machine, boolean alone) {
    this.clock = clock;
    this.server = server;
    this.machine = machine;
    this.alone = alone;
  }

  /// Opens the log in a directory, which may be new, and starts to serve; a leader may not be
  /// elected yet.
  ///
  /// @param disk rooted at `directory`
  /// @throws IOException naming what is wrong with the files or the address
  public static RatisLog open(
      Clock clock, Path directory, Disk disk, RaftPeers peers, StateMachine machine)
      throws IOException {
    return open(clock, directory, disk, peers, machine, TUNING);
  }

  static RatisLog open(
      Clock clock, Path directory, Disk disk, RaftPeers peers, StateMachine machine, Tuning tuning)
      throws IOException {
    String current = GROUP.getUuid() + "/current";
    disk.createDirectories(current);
    new TornTail(disk, tuning.segmentBytesMax() + RECORD_BYTES_MAX).cut(current);
    File root = directory.toAbsolutePath().normalize().toFile();
    MachineAdapter adapter = new MachineAdapter(machine, disk, root);
    try {
      RaftServer server =
          RaftServer.newBuilder()
              .setServerId(id(peers.self()))
              .setGroup(
                  RaftGroup.valueOf(GROUP, peers.peers().stream().map(RatisLog::peer).toList()))
              .setStateMachine(adapter)
              .setProperties(properties(root, peers, tuning))
              .setOption(RaftStorage.StartupOption.RECOVER)
              .build();
      server.start();
      return new RatisLog(clock, server, adapter, peers.alone());
    } catch (IOException | RuntimeException e) {
      throw opened(root, e);
    }
  }

  /// What went wrong, out of what Ratis and its futures wrapped around it.
  private static IOException opened(File root, Exception wrapped) {
    Throwable cause = wrapped;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return new IOException("the raft log in " + root + ": " + cause.getMessage(), wrapped);
  }

  private static RaftPeerId id(int peer) {
    return RaftPeerId.valueOf("mgmtd-" + peer);
  }

  private static RaftPeer peer(RaftPeers.Member member) {
    return RaftPeer.newBuilder()
        .setId(id(member.id()))
        .setAddress(member.endpoint().toString())
        .build();
  }

  private static RaftProperties properties(File root, RaftPeers peers, Tuning tuning) {
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(root));
    if (peers.alone()) {
      RaftConfigKeys.Rpc.setType(properties, new LoneRpc());
    } else {
      RaftConfigKeys.Rpc.setType(properties, SupportedRpcType.GRPC);
      GrpcConfigKeys.Server.setHost(properties, peers.own().endpoint().host());
      GrpcConfigKeys.Server.setPort(properties, peers.own().endpoint().port());
    }
    // Alone there is nobody whose leadership could be disturbed by a hasty election.
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, millis(peers.alone() ? 20 : 300));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, millis(peers.alone() ? 40 : 600));
    RaftServerConfigKeys.Rpc.setSleepTime(properties, millis(peers.alone() ? 5 : 25));
    // A host that was suspended must go on afterwards, not shut its log.
    RaftServerConfigKeys.setCloseThreshold(properties, millis(Integer.MAX_VALUE));
    setLogProperties(properties, tuning);
    return properties;
  }

  private static void setLogProperties(RaftProperties properties, Tuning tuning) {
    RaftServerConfigKeys.Log.setSegmentSizeMax(
        properties, SizeInBytes.valueOf(tuning.segmentBytesMax()));
    RaftServerConfigKeys.Log.setPreallocatedSize(
        properties, SizeInBytes.valueOf(PREALLOCATED_BYTES));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(
        properties, SizeInBytes.valueOf(RECORD_BYTES_MAX));
    RaftServerConfigKeys.Log.setWriteBufferSize(
        properties, SizeInBytes.valueOf(2L * RECORD_BYTES_MAX));
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Log.setPurgeGap(properties, tuning.snapshotRecords());
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, tuning.snapshotRecords());
    RaftServerConfigKeys.Snapshot.setCreationGap(properties, 1);
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, SNAPSHOTS_KEPT);
  }

  private static TimeDuration millis(int millis) {
    return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public Submission submit(byte[] command, long timeoutNanos) throws InterruptedException {
    if (command.length > COMMAND_BYTES_MAX) {
      throw new IllegalArgumentException("a command of " + command.length + " bytes");
    }
    long deadline = clock.nanoTime() + timeoutNanos;
    while (true) {
      Submission submission = submitOnce(command, deadline - clock.nanoTime());
      // Alone, this peer becomes the leader in a moment; the command was not taken.
      boolean again = alone && submission instanceof Submission.NotLeader && !closed;
      if (!again || deadline - clock.nanoTime() <= RETRY_NANOS) {
        return submission;
      }
      clock.sleepNanos(RETRY_NANOS);
    }
  }

  private Submission submitOnce(byte[] command, long timeoutNanos) throws InterruptedException {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(clientId)
            .setServerId(server.getId())
            .setGroupId(GROUP)
            .setCallId(calls.incrementAndGet())
            .setMessage(Message.valueOf(ByteString.copyFrom(command)))
            .setType(RaftClientRequest.writeRequestType())
            .build();
    try {
      return new Pending(clock, server.submitClientRequestAsync(request)).await(timeoutNanos);
    } catch (IOException e) {
      return new Submission.Unknown("the raft log refuses: " + e);
    }
  }

  /// A submitted command that waits for its reply.
  private static final class Pending {
    private final Gate gate;
    // guarded by gate
    private @Nullable Submission submission;

    Pending(Clock clock, CompletableFuture<RaftClientReply> future) {
      gate = new Gate(clock);
      CompletableFuture<RaftClientReply> _ =
          future.whenComplete((reply, trouble) -> done(of(reply, trouble)));
    }

    private void done(Submission result) {
      gate.lock();
      try {
        submission = result;
        gate.signalAll();
      } finally {
        gate.unlock();
      }
    }

    private Submission await(long nanos) throws InterruptedException {
      gate.lock();
      try {
        long restNanos = nanos;
        while (submission == null && restNanos > 0) {
          restNanos = gate.awaitNanos(restNanos);
        }
        return submission != null
            ? submission
            : new Submission.Unknown("the raft log did not answer in time");
      } finally {
        gate.unlock();
      }
    }
  }

  private static Submission of(@Nullable RaftClientReply reply, @Nullable Throwable trouble) {
    if (reply == null) {
      return new Submission.Unknown("the raft log failed: " + trouble);
    }
    if (reply.isSuccess()) {
      return new Submission.Applied(reply.getMessage().getContent().toByteArray());
    }
    Exception exception = reply.getException();
    if (exception instanceof NotLeaderException notLeader) {
      RaftPeer leader = notLeader.getSuggestedLeader();
      return new Submission.NotLeader(
          leader == null ? "no leader is known" : "the leader is " + leader.getId());
    }
    if (exception instanceof LeaderNotReadyException) {
      return new Submission.NotLeader("the leader is still reading its log");
    }
    return new Submission.Unknown("the raft log failed: " + exception);
  }

  @Override
  public boolean isLeader() {
    try {
      return !closed && server.getDivision(GROUP).getInfo().isLeaderReady();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public @Nullable String broken() {
    return machine.broken();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    machine.closing();
    server.close();
  }
}
