package org.skep.management.operation;

import org.skep.runtime.rpc.Dispatcher;
import org.skep.wire.Operations;

/// All that management answers.
public final class DeskOperations {

  private DeskOperations() {}

  public static Dispatcher register(Dispatcher dispatcher, Desk desk) {
    return dispatcher
        .on(Operations.REGISTER, new Register(desk))
        .on(Operations.HEARTBEAT, new Heartbeat(desk))
        .on(Operations.LEAVE, new Leave(desk))
        .on(Operations.WATCH_MAP, new WatchMap(desk))
        .on(Operations.STATUS, new Status(desk))
        .on(Operations.SUSPECT, new Suspect(desk))
        .on(Operations.ADD_MIRROR_GROUPS, new AddMirrorGroups(desk))
        .on(Operations.SHARD_CONTENTS, new ShardContents(desk))
        .on(Operations.REMOVE_MIRROR_GROUP, new RemoveMirrorGroup(desk))
        .on(Operations.SET_STATE, new SetState(desk))
        .on(Operations.RESYNCED, new Resynced(desk))
        .on(Operations.DEMAND_RESYNC, new DemandResync(desk));
  }
}
