package org.skep.management.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.cluster.NodeKind;
import org.skep.management.machine.RecordCodec;
import org.skep.runtime.rpc.Handler;
import org.skep.runtime.rpc.Outcome;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.DemandResyncRequest;
import org.skep.wire.message.HeartbeatRequest;
import org.skep.wire.message.Kind;
import org.skep.wire.message.LeaveRequest;
import org.skep.wire.message.NewGroup;
import org.skep.wire.message.NodeMessage;
import org.skep.wire.message.RegisterRequest;
import org.skep.wire.message.RemoveMirrorGroupRequest;
import org.skep.wire.message.ResyncedRequest;
import org.skep.wire.message.SetStateRequest;
import org.skep.wire.message.SpaceMessage;
import org.skep.wire.message.StatusRequest;
import org.skep.wire.message.SuspectRequest;
import org.skep.wire.message.TargetReport;
import org.skep.wire.message.WatchMapRequest;

/// Requests with damaged bytes: each is answered or refused, none throws, and the log stays
/// readable.
final class HandlerFuzzTest {
  private static final int REQUESTS = 40_000;

  private final DeskWorld world = new DeskWorld();
  private int answered;
  private int refused;

  /// A handler, a sound request for it, and how to read one.
  private record Aim<Q extends MessageLite>(Handler<Q, ?> handler, Q sound, Parser<Q> parser) {

    Outcome<?> hit(byte[] bytes, Caller caller) throws InvalidProtocolBufferException {
      return handler.handle(parser.parseFrom(bytes), caller);
    }
  }

  private List<Aim<?>> aims() {
    TargetReport report =
        TargetReport.newBuilder()
            .setTargetId(101)
            .setSpace(SpaceMessage.newBuilder().setFreeBytes(7).setTotalBytes(8))
            .setStepsOut(true)
            .setUnsure(true)
            .setLeaseDropped(true)
            .setBuddyUnreachableEpoch(1)
            .build();
    NodeMessage client = NodeMessage.newBuilder().setKind(Kind.CLIENT).setName("mount").build();
    return List.of(
        new Aim<>(
            new Register(world.desk),
            DeskWorld.registration(Kind.STORAGE, 0, 7, "a", "b"),
            RegisterRequest.parser()),
        new Aim<>(
            new Register(world.desk),
            DeskWorld.registration(Kind.METADATA, 3, 7, "c"),
            RegisterRequest.parser()),
        new Aim<>(
            new Register(world.desk),
            DeskWorld.registration(Kind.STORAGE, 2, 7, "d", "e"),
            RegisterRequest.parser()),
        new Aim<>(
            new Heartbeat(world.desk),
            HeartbeatRequest.newBuilder()
                .setKind(Kind.STORAGE)
                .setNodeId(1)
                .setIncarnation(7)
                .addReports(report)
                .build(),
            HeartbeatRequest.parser()),
        new Aim<>(
            new Leave(world.desk),
            LeaveRequest.newBuilder().setKind(Kind.STORAGE).setNodeId(1).setIncarnation(7).build(),
            LeaveRequest.parser()),
        new Aim<>(
            new Suspect(world.desk),
            SuspectRequest.newBuilder()
                .setKind(Kind.STORAGE)
                .setNodeId(1)
                .setIncarnation(7)
                .build(),
            SuspectRequest.parser()),
        new Aim<>(
            new AddMirrorGroups(world.desk),
            AddMirrorGroupsRequest.newBuilder()
                .setKind(Kind.STORAGE)
                .addGroups(NewGroup.newBuilder().setPrimary(101).setSecondary(201))
                .build(),
            AddMirrorGroupsRequest.parser()),
        new Aim<>(
            new RemoveMirrorGroup(world.desk),
            RemoveMirrorGroupRequest.newBuilder().setKind(Kind.STORAGE).setGroupId(1).build(),
            RemoveMirrorGroupRequest.parser()),
        new Aim<>(
            new SetState(world.desk),
            SetStateRequest.newBuilder()
                .setKind(Kind.STORAGE)
                .setTargetId(101)
                .setConsistency(2)
                .build(),
            SetStateRequest.parser()),
        new Aim<>(
            new Resynced(world.desk),
            ResyncedRequest.newBuilder()
                .setKind(Kind.STORAGE)
                .setGroupId(1)
                .setEpoch(2)
                .setSecondary(101)
                .build(),
            ResyncedRequest.parser()),
        new Aim<>(
            new DemandResync(world.desk),
            DemandResyncRequest.newBuilder()
                .setKind(Kind.STORAGE)
                .setGroupId(1)
                .setSecondary(201)
                .build(),
            DemandResyncRequest.parser()),
        new Aim<>(
            new WatchMap(world.desk),
            WatchMapRequest.newBuilder().setMapVersion(5).setClientNode(client).build(),
            WatchMapRequest.parser()),
        new Aim<>(
            new Status(world.desk), StatusRequest.getDefaultInstance(), StatusRequest.parser()));
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12})
  void damagedRequestsAreAnsweredOrRefused(long seed) {
    Random random = new Random(seed);
    List<Aim<?>> aims = aims();
    for (int i = 0; i < REQUESTS; i++) {
      Aim<?> aim = aims.get(random.nextInt(aims.size()));
      byte[] bytes = damaged(random, aim.sound().toByteArray());
      try {
        NodeKind role = random.nextBoolean() ? NodeKind.CLIENT : NodeKind.STORAGE;
        count(aim.hit(bytes, new Caller(role, random.nextInt(50), true)));
      } catch (InvalidProtocolBufferException e) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", request " + i + " of " + aim.sound(), e);
      }
    }
    assertThat(answered).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(1000);
    assertThat(world.memoryLog.broken()).isNull();
    assertThat(RecordCodec.state(world.machine.snapshot())).isEqualTo(world.machine.state());
  }

  private void count(Outcome<?> outcome) {
    if (outcome instanceof Outcome.Done) {
      answered++;
    } else {
      refused++;
    }
  }

  private static byte[] damaged(Random random, byte[] sound) {
    List<Byte> bytes = new ArrayList<>();
    for (byte b : sound) {
      bytes.add(b);
    }
    for (int n = random.nextInt(4); n > 0 && !bytes.isEmpty(); n--) {
      int at = random.nextInt(bytes.size());
      switch (random.nextInt(4)) {
        case 0 -> bytes.set(at, (byte) random.nextInt());
        case 1 -> bytes.set(at, (byte) (bytes.get(at) ^ (1 << random.nextInt(8))));
        case 2 -> bytes.remove(at);
        default -> bytes.addAll(at, List.copyOf(bytes.subList(at, bytes.size())));
      }
    }
    byte[] result = new byte[Math.min(bytes.size(), 4096)];
    for (int i = 0; i < result.length; i++) {
      result[i] = bytes.get(i);
    }
    return result;
  }
}
