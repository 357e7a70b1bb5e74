package org.skep.management.machine;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.management.record.ClaimRecord;
import org.skep.management.record.CommandRecord;
import org.skep.management.record.CreateClusterRecord;
import org.skep.management.record.DoneRecord;
import org.skep.management.record.GroupsAddedRecord;
import org.skep.management.record.ReachabilityChangeRecord;
import org.skep.management.record.RegisterNodeRecord;
import org.skep.management.record.RegisteredRecord;
import org.skep.management.record.RejectedRecord;
import org.skep.management.record.RemoveGroupRecord;
import org.skep.management.record.RemoveNodeRecord;
import org.skep.management.record.RemoveTargetRecord;
import org.skep.management.record.ResultRecord;
import org.skep.management.record.RetiredGroupRecord;
import org.skep.management.record.RetiredRecord;
import org.skep.management.record.SetReachabilityRecord;
import org.skep.management.record.StateRecord;
import org.skep.management.state.ClusterState;
import org.skep.management.state.Command;
import org.skep.management.state.Command.AddGroups;
import org.skep.management.state.Command.Claim;
import org.skep.management.state.Command.CreateCluster;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.ReachabilityChange;
import org.skep.management.state.Command.RegisterNode;
import org.skep.management.state.Command.RemoveGroup;
import org.skep.management.state.Command.RemoveNode;
import org.skep.management.state.Command.RemoveTarget;
import org.skep.management.state.Command.SetReachability;
import org.skep.management.state.Result;
import org.skep.management.state.Retired;
import org.skep.management.state.RetiredGroup;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.NodeMessage;

/// Between the values of `state` and the records of the log. Bytes that can't be are a broken log:
/// an [IllegalStateException] that says what was read.
public final class RecordCodec {

  private RecordCodec() {}

  private interface Decoding<T> {
    T run() throws InvalidProtocolBufferException, MalformedFrameException;
  }

  public static byte[] bytes(Command command) {
    CommandRecord.Builder record = CommandRecord.newBuilder();
    CommandRecord.Builder filled =
        switch (command) {
          case CreateCluster(String clusterId) ->
              record.setCreateCluster(CreateClusterRecord.newBuilder().setClusterId(clusterId));
          case RegisterNode register -> record.setRegisterNode(record(register));
          case SetReachability set -> record.setSetReachability(record(set));
          case RemoveNode(NodeKind kind, int nodeId) ->
              record.setRemoveNode(
                  RemoveNodeRecord.newBuilder().setKind(MapCodec.message(kind)).setNodeId(nodeId));
          case RemoveTarget(NodeKind kind, int targetId) ->
              record.setRemoveTarget(
                  RemoveTargetRecord.newBuilder()
                      .setKind(MapCodec.message(kind))
                      .setTargetId(targetId));
          case AddGroups add -> record.setAddGroups(GroupRecords.record(add));
          case RemoveGroup(NodeKind kind, int groupId) ->
              record.setRemoveGroup(
                  RemoveGroupRecord.newBuilder()
                      .setKind(MapCodec.message(kind))
                      .setGroupId(groupId));
          case GroupEvents events -> record.setGroupEvents(GroupRecords.record(events));
        };
    return filled.build().toByteArray();
  }

  public static Command command(byte[] bytes) {
    return decoded(
        "command",
        () -> {
          CommandRecord record = CommandRecord.parseFrom(bytes);
          return switch (record.getCommandCase()) {
            case CREATE_CLUSTER -> new CreateCluster(record.getCreateCluster().getClusterId());
            case REGISTER_NODE -> command(record.getRegisterNode());
            case SET_REACHABILITY -> command(record.getSetReachability());
            case REMOVE_NODE ->
                new RemoveNode(
                    MapCodec.of(record.getRemoveNode().getKind()),
                    record.getRemoveNode().getNodeId());
            case REMOVE_TARGET ->
                new RemoveTarget(
                    MapCodec.of(record.getRemoveTarget().getKind()),
                    record.getRemoveTarget().getTargetId());
            case ADD_GROUPS -> GroupRecords.command(record.getAddGroups());
            case REMOVE_GROUP ->
                new RemoveGroup(
                    MapCodec.of(record.getRemoveGroup().getKind()),
                    record.getRemoveGroup().getGroupId());
            case GROUP_EVENTS -> GroupRecords.command(record.getGroupEvents());
            case COMMAND_NOT_SET ->
                throw new MalformedFrameException("a kind that this version does not know");
          };
        });
  }

  private static RegisterNodeRecord record(RegisterNode register) {
    NodeMessage.Builder node =
        NodeMessage.newBuilder()
            .setKind(MapCodec.message(register.kind()))
            .setId(register.nodeId())
            .setName(register.name())
            .setHostId(register.hostId())
            .setIncarnation(register.incarnation())
            .setFailureDomain(register.failureDomain());
    register.endpoints().forEach(endpoint -> node.addEndpoints(MapCodec.message(endpoint)));
    RegisterNodeRecord.Builder record =
        RegisterNodeRecord.newBuilder().setNode(node).setClusterId(register.clusterId());
    for (Claim claim : register.claims()) {
      record.addClaims(
          ClaimRecord.newBuilder()
              .setTargetId(claim.targetId())
              .setUuid(claim.uuid())
              .setStoragePoolId(claim.storagePoolId())
              .setUnsure(claim.unsure())
              .setKeptSpare(claim.keptSpare()));
    }
    return record.build();
  }

  private static RegisterNode command(RegisterNodeRecord record) throws MalformedFrameException {
    List<Claim> claims = new ArrayList<>();
    for (ClaimRecord claim : record.getClaimsList()) {
      claims.add(
          new Claim(
              claim.getTargetId(),
              claim.getUuid(),
              claim.getStoragePoolId(),
              claim.getUnsure(),
              claim.getKeptSpare()));
    }
    return register(record.getNode(), claims, record.getClusterId());
  }

  /// The command of a node's introduction, also of one from the wire.
  ///
  /// @throws IllegalArgumentException naming the value that is out of its limits
  public static RegisterNode register(NodeMessage node, List<Claim> claims, String clusterId)
      throws MalformedFrameException {
    List<Endpoint> endpoints = new ArrayList<>();
    for (var endpoint : node.getEndpointsList()) {
      endpoints.add(MapCodec.of(endpoint));
    }
    return new RegisterNode(
        MapCodec.of(node.getKind()),
        node.getId(),
        node.getName(),
        node.getHostId(),
        node.getIncarnation(),
        endpoints,
        claims,
        clusterId,
        node.getFailureDomain());
  }

  private static SetReachabilityRecord record(SetReachability set) {
    SetReachabilityRecord.Builder record = SetReachabilityRecord.newBuilder();
    for (ReachabilityChange change : set.changes()) {
      record.addChanges(
          ReachabilityChangeRecord.newBuilder()
              .setKind(MapCodec.message(change.kind()))
              .setTargetId(change.targetId())
              .setIncarnation(change.incarnation())
              .setReachability(change.reachability().ordinal()));
    }
    return record.build();
  }

  private static SetReachability command(SetReachabilityRecord record)
      throws MalformedFrameException {
    List<ReachabilityChange> changes = new ArrayList<>();
    for (ReachabilityChangeRecord change : record.getChangesList()) {
      int ordinal = change.getReachability();
      if (ordinal < 0 || ordinal >= Reachability.values().length) {
        throw new MalformedFrameException("reachability " + ordinal);
      }
      changes.add(
          new ReachabilityChange(
              MapCodec.of(change.getKind()),
              change.getTargetId(),
              change.getIncarnation(),
              Reachability.values()[ordinal]));
    }
    return new SetReachability(changes);
  }

  public static byte[] bytes(Result result) {
    ResultRecord.Builder record = ResultRecord.newBuilder();
    ResultRecord.Builder filled =
        switch (result) {
          case Result.Done() -> record.setDone(DoneRecord.getDefaultInstance());
          case Result.Registered(int nodeId, List<Integer> targetIds) ->
              record.setRegistered(
                  RegisteredRecord.newBuilder().setNodeId(nodeId).addAllTargetIds(targetIds));
          case Result.GroupsAdded(List<Integer> groupIds) ->
              record.setGroupsAdded(GroupsAddedRecord.newBuilder().addAllGroupIds(groupIds));
          case Result.Rejected(int errno, String reason) ->
              record.setRejected(RejectedRecord.newBuilder().setErrno(errno).setReason(reason));
        };
    return filled.build().toByteArray();
  }

  public static Result result(byte[] bytes) {
    return decoded(
        "result",
        () -> {
          ResultRecord record = ResultRecord.parseFrom(bytes);
          return switch (record.getResultCase()) {
            case DONE -> new Result.Done();
            case REGISTERED ->
                new Result.Registered(
                    record.getRegistered().getNodeId(), record.getRegistered().getTargetIdsList());
            case GROUPS_ADDED -> new Result.GroupsAdded(record.getGroupsAdded().getGroupIdsList());
            case REJECTED ->
                new Result.Rejected(
                    record.getRejected().getErrno(), record.getRejected().getReason());
            case RESULT_NOT_SET ->
                throw new MalformedFrameException("a kind that this version does not know");
          };
        });
  }

  public static byte[] bytes(ClusterState state) {
    StateRecord.Builder record = StateRecord.newBuilder().setMap(MapCodec.message(state.map()));
    state.retired().forEach(retired -> record.addRetired(GroupRecords.record(retired)));
    for (RetiredGroup retired : state.retiredGroups()) {
      record.addRetiredGroups(
          RetiredGroupRecord.newBuilder()
              .setKind(MapCodec.message(retired.kind()))
              .setGroupId(retired.groupId())
              .setEpoch(retired.epoch())
              .setLosses(retired.losses()));
    }
    state.formerMembers().forEach(member -> record.addFormerMembers(GroupRecords.record(member)));
    return record.build().toByteArray();
  }

  public static ClusterState state(byte[] bytes) {
    return decoded(
        "state",
        () -> {
          StateRecord record = StateRecord.parseFrom(bytes);
          List<Retired> retired = new ArrayList<>();
          for (RetiredRecord entry : record.getRetiredList()) {
            retired.add(GroupRecords.retired(entry));
          }
          List<RetiredGroup> groups = new ArrayList<>();
          for (RetiredGroupRecord entry : record.getRetiredGroupsList()) {
            groups.add(
                new RetiredGroup(
                    MapCodec.of(entry.getKind()),
                    entry.getGroupId(),
                    entry.getEpoch(),
                    entry.getLosses()));
          }
          return new ClusterState(
              MapCodec.of(record.getMap()),
              retired,
              groups,
              record.getFormerMembersList().stream().map(GroupRecords::member).toList());
        });
  }

  private static <T> T decoded(String what, Decoding<T> decoding) {
    try {
      return decoding.run();
    } catch (InvalidProtocolBufferException
        | MalformedFrameException
        | IllegalArgumentException e) {
      throw new IllegalStateException(
          "management's log holds an impossible " + what + ": " + e.getMessage(), e);
    }
  }
}
