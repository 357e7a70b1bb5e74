package org.skep.management.heartbeat;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.skep.cluster.Ids;
import org.skep.wire.message.NodeMessage;

/// The clients that follow the map, for the operator's tool. Any thread may call it; times are the
/// caller's clock. A client is listed from its first poll until 20 s after the last one began to be
/// answered; with more clients than there are node ids, the others are not listed.
public final class ClientList {
  private static final long KEEP_NANOS = 20_000_000_000L;

  /// So often is looked for silent clients, as it means to walk over all.
  private static final long FORGET_NANOS = 1_000_000_000L;

  private static final class Listed {
    private NodeMessage node;
    private int polls;
    private long seenNanos;

    Listed(NodeMessage node) {
      this.node = node;
    }
  }

  // by the client's id in this life of its process; guarded by this
  private final Map<Long, Listed> clients = new LinkedHashMap<>();
  // node ids in use; guarded by this
  private final BitSet ids = new BitSet();
  // guarded by this
  private long forgotNanos;

  /// A poll begins.
  public synchronized void pollBegins(long client, NodeMessage node, long nowNanos) {
    if (nowNanos - forgotNanos >= FORGET_NANOS) {
      forgetSilent(nowNanos);
    }
    Listed listed = clients.get(client);
    if (listed == null) {
      int id = ids.nextClearBit(1);
      if (id > Ids.ID_MAX) {
        return;
      }
      ids.set(id);
      listed = new Listed(node.toBuilder().setId(id).build());
      clients.put(client, listed);
    }
    listed.node = node.toBuilder().setId(listed.node.getId()).build();
    listed.polls++;
    listed.seenNanos = nowNanos;
  }

  /// The poll ends.
  public synchronized void pollEnds(long client, long nowNanos) {
    Listed listed = clients.get(client);
    if (listed != null && listed.polls > 0) {
      listed.polls--;
      listed.seenNanos = nowNanos;
    }
  }

  /// Those that are there now, each with a node id that it keeps as long as it is listed.
  public synchronized List<NodeMessage> list(long nowNanos) {
    forgetSilent(nowNanos);
    return clients.values().stream().map(listed -> listed.node).toList();
  }

  private void forgetSilent(long nowNanos) {
    forgotNanos = nowNanos;
    clients
        .values()
        .removeIf(listed -> {
          boolean silent = listed.polls == 0 && nowNanos - listed.seenNanos >= KEEP_NANOS;
          if (silent) {
            ids.clear(listed.node.getId());
          }
          return silent;
        });
  }
}
