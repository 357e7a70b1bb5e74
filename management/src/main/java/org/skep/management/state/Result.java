package org.skep.management.state;

import java.util.List;
import org.skep.linux.Errno;

/// What a command came to.
public sealed interface Result {

  record Done() implements Result {}

  /// @param targetIds in the order of the claims
  record Registered(int nodeId, List<Integer> targetIds) implements Result {
    public Registered {
      targetIds = List.copyOf(targetIds);
    }
  }

  /// @param groupIds in the order of the request
  record GroupsAdded(List<Integer> groupIds) implements Result {
    public GroupsAdded {
      groupIds = List.copyOf(groupIds);
    }
  }

  /// Nothing was changed.
  ///
  /// @param errno Linux's number
  /// @param reason for the operator
  record Rejected(int errno, String reason) implements Result {}

  static Result rejected(Errno errno, String reason) {
    return new Rejected(errno.number(), reason);
  }
}
