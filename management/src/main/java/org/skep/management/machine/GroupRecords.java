package org.skep.management.machine;

import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.Consistency;
import org.skep.cluster.GroupEvent;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Reachability;
import org.skep.management.record.AddGroupsRecord;
import org.skep.management.record.FormerMemberRecord;
import org.skep.management.record.GroupEventRecord;
import org.skep.management.record.GroupEventsRecord;
import org.skep.management.record.NewGroupRecord;
import org.skep.management.record.RetiredRecord;
import org.skep.management.state.Command.AddGroups;
import org.skep.management.state.Command.GroupEvents;
import org.skep.management.state.Command.NewGroup;
import org.skep.management.state.Command.Occurrence;
import org.skep.management.state.FormerMember;
import org.skep.management.state.Retired;
import org.skep.management.state.RetiredGroup;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;

/// The part of [RecordCodec] for the commands of buddy groups, and for what is left of removed
/// ones.
final class GroupRecords {

  private GroupRecords() {}

  static AddGroupsRecord record(AddGroups add) {
    AddGroupsRecord.Builder record =
        AddGroupsRecord.newBuilder().setKind(MapCodec.message(add.kind()));
    for (NewGroup group : add.groups()) {
      record.addGroups(
          NewGroupRecord.newBuilder()
              .setGroupId(group.groupId())
              .setPrimary(group.primary())
              .setSecondary(group.secondary())
              .setRetiredBy(group.retiredBy()));
    }
    return record.build();
  }

  static AddGroups command(AddGroupsRecord record) throws MalformedFrameException {
    List<NewGroup> groups = new ArrayList<>();
    for (NewGroupRecord group : record.getGroupsList()) {
      groups.add(
          new NewGroup(
              group.getGroupId(), group.getPrimary(), group.getSecondary(), group.getRetiredBy()));
    }
    return new AddGroups(MapCodec.of(record.getKind()), groups);
  }

  static RetiredRecord record(Retired retired) {
    RetiredRecord.Builder record =
        RetiredRecord.newBuilder()
            .setKind(MapCodec.message(retired.kind()))
            .setTargetId(retired.targetId())
            .setUuid(retired.uuid())
            .setEpoch(retired.epoch());
    RetiredGroup shard = retired.shard();
    if (shard != null) {
      record
          .setGroupId(shard.groupId())
          .setGroupEpoch(shard.epoch())
          .setGroupLosses(shard.losses());
    }
    return record.build();
  }

  /// Of a version before there were metadata groups of two, a shard has its target's number.
  static Retired retired(RetiredRecord record) throws MalformedFrameException {
    NodeKind kind = MapCodec.of(record.getKind());
    int shard = record.getGroupId() == 0 ? record.getTargetId() : record.getGroupId();
    return new Retired(
        kind,
        record.getTargetId(),
        record.getUuid(),
        record.getEpoch(),
        record.getGroupEpoch() == 0
            ? null
            : new RetiredGroup(kind, shard, record.getGroupEpoch(), record.getGroupLosses()));
  }

  static FormerMemberRecord record(FormerMember member) {
    return FormerMemberRecord.newBuilder()
        .setTargetId(member.targetId())
        .setGroupId(member.groupId())
        .setEpoch(member.epoch())
        .setGood(member.good())
        .build();
  }

  static FormerMember member(FormerMemberRecord record) {
    return new FormerMember(
        record.getTargetId(), record.getGroupId(), record.getEpoch(), record.getGood());
  }

  static GroupEventsRecord record(GroupEvents events) {
    GroupEventsRecord.Builder record = GroupEventsRecord.newBuilder();
    events.occurrences().forEach(occurrence -> record.addEvents(record(occurrence)));
    return record.build();
  }

  private static GroupEventRecord record(Occurrence occurrence) {
    GroupEventRecord.Builder record =
        GroupEventRecord.newBuilder()
            .setKind(MapCodec.message(occurrence.kind()))
            .setGroupId(occurrence.groupId())
            .setEpoch(occurrence.epoch())
            .setTargetId(occurrence.event().target())
            .setPrimary(occurrence.primary());
    GroupEventRecord.Builder filled =
        switch (occurrence.event()) {
          case GroupEvent.Seen(int _, Reachability seen) -> record.setSeen(seen.ordinal());
          case GroupEvent.Returned(int _, boolean unsure) -> record.setReturnedUnsure(unsure);
          case GroupEvent.StepsOut _ -> record.setStepsOut(true);
          case GroupEvent.Unsure _ -> record.setUnsure(true);
          case GroupEvent.Resynced(int _, long epoch) -> record.setResyncedEpoch(epoch);
          case GroupEvent.Demand _ -> record.setDemand(true);
          case GroupEvent.Declare(int _, Consistency declared) ->
              record.setDeclared(declared.ordinal());
        };
    return filled.build();
  }

  static GroupEvents command(GroupEventsRecord record) throws MalformedFrameException {
    List<Occurrence> occurrences = new ArrayList<>();
    for (GroupEventRecord event : record.getEventsList()) {
      occurrences.add(
          new Occurrence(
              MapCodec.of(event.getKind()),
              event.getGroupId(),
              event.getEpoch(),
              event(event),
              event.getPrimary()));
    }
    return new GroupEvents(occurrences);
  }

  private static GroupEvent event(GroupEventRecord record) throws MalformedFrameException {
    int target = record.getTargetId();
    return switch (record.getEventCase()) {
      case SEEN -> new GroupEvent.Seen(target, pick(Reachability.values(), record.getSeen()));
      case RETURNED_UNSURE -> new GroupEvent.Returned(target, record.getReturnedUnsure());
      case STEPS_OUT -> new GroupEvent.StepsOut(target);
      case UNSURE -> new GroupEvent.Unsure(target);
      case RESYNCED_EPOCH -> new GroupEvent.Resynced(target, record.getResyncedEpoch());
      case DEMAND -> new GroupEvent.Demand(target);
      case DECLARED ->
          new GroupEvent.Declare(target, pick(Consistency.values(), record.getDeclared()));
      case EVENT_NOT_SET ->
          throw new MalformedFrameException("an event that this version does not know");
    };
  }

  private static <T> T pick(T[] values, int ordinal) throws MalformedFrameException {
    if (ordinal < 0 || ordinal >= values.length) {
      throw new MalformedFrameException("value " + ordinal + " of " + values.length);
    }
    return values[ordinal];
  }
}
