package org.skep.management.raft;

import java.util.List;
import org.skep.cluster.Endpoint;

/// The peers that hold management's log together.
///
/// @param self this peer's id, one of the others' below
/// @param peers all of them, this one too; one peer needs no endpoint
public record RaftPeers(int self, List<Member> peers) {

  /// One peer on its own.
  public static final RaftPeers ALONE =
      new RaftPeers(1, List.of(new Member(1, new Endpoint.Tcp("localhost", 0))));

  /// Raft takes 3 or 5; more make it slower, not safer.
  public static final int PEERS_MAX = 7;

  /// @param id from 1; also its node id in the cluster map
  /// @param endpoint for the traffic among the peers
  public record Member(int id, Endpoint.Tcp endpoint) {}

  public RaftPeers {
    peers = List.copyOf(peers);
    if (peers.isEmpty() || peers.size() > PEERS_MAX) {
      throw new IllegalArgumentException(peers.size() + " raft peers: 1 to " + PEERS_MAX);
    }
    if (peers.stream().noneMatch(peer -> peer.id() == self)) {
      throw new IllegalArgumentException("raft peer " + self + " is not among " + peers);
    }
    if (peers.stream().map(Member::id).distinct().count() != peers.size()) {
      throw new IllegalArgumentException("two raft peers have the same id: " + peers);
    }
    for (Member peer : peers) {
      if (peer.id() < 1 || (peers.size() > 1 && peer.endpoint().port() == 0)) {
        throw new IllegalArgumentException("raft peer " + peer + " needs an id and a port");
      }
    }
  }

  boolean alone() {
    return peers.size() == 1;
  }

  Member own() {
    return peers.stream().filter(peer -> peer.id() == self).findFirst().orElseThrow();
  }
}
