package org.skep.mount;

import java.util.List;
import java.util.function.IntFunction;
import org.skep.fuse.FuseRequest;
import org.skep.wire.message.Caller;

/// Who makes a request, in the words of the servers. Any thread.
final class Callers {
  private static final int S_ISGID = 02000;
  private static final int GROUPS_MAX = 64;

  private final IntFunction<List<Integer>> groupsOfProcess;

  /// @param groupsOfProcess the supplementary groups of a process id, empty if it is gone
  Callers(IntFunction<List<Integer>> groupsOfProcess) {
    this.groupsOfProcess = groupsOfProcess;
  }

  Caller of(FuseRequest request) {
    return plain(request).build();
  }

  /// For a creation or a change of mode: supplementary groups matter only where the set-group-id
  /// bit is wanted, and cost a look into `/proc`.
  Caller of(FuseRequest request, int mode) {
    Caller.Builder caller = plain(request);
    if ((mode & S_ISGID) != 0 && request.uid() != 0) {
      groupsOfProcess.apply(request.pid()).stream().limit(GROUPS_MAX).forEach(caller::addGroups);
    }
    return caller.build();
  }

  private static Caller.Builder plain(FuseRequest request) {
    Caller.Builder caller =
        Caller.newBuilder()
            .setUid(request.uid())
            .setGid(request.gid())
            .setPrivileged(request.uid() == 0);
    long group = request.supplementaryGroup();
    if (group >= 0) {
      caller.addGroups((int) group);
    }
    return caller;
  }
}
