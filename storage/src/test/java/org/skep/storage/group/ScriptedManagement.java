package org.skep.storage.group;

import org.skep.cluster.BuddyGroup;
import org.skep.cluster.Endpoint;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Ports;
import org.skep.runtime.twin.PairManagement;

/// Management that does what the test says: server `a` is node 1 with target 101, `b` node 2 with
/// 102, and they are group 7. No resync succeeds: there is nobody who hears of it.
final class ScriptedManagement extends PairManagement {
  static final int GROUP = 7;
  static final int A = 101;
  static final int B = 102;

  ScriptedManagement(Ports ports, Endpoint endpoint) {
    super(ports, endpoint, A, B, new BuddyGroup(NodeKind.STORAGE, GROUP, A, B, 5, 0), 3000);
  }
}
