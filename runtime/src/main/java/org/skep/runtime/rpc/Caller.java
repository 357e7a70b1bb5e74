package org.skep.runtime.rpc;

import org.skep.cluster.NodeKind;

/// Who is at the other end of an authenticated connection.
public interface Caller {

  NodeKind role();

  /// Its id in this life of its process.
  long client();

  /// Whether all its requests must be forwarded ones: others may wait for such in turn.
  default boolean forwards() {
    return false;
  }

  /// Before a handler runs.
  ///
  /// @return false if the connection was fenced off or is being stopped: no handler may run
  boolean begin();

  /// After the handler of a successful [#begin] has returned.
  void end();

  /// Whether it is still there, while its request is being handled.
  boolean alive();
}
