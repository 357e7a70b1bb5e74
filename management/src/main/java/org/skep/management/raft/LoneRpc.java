package org.skep.management.raft;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;

/// The transport of a Raft group of one: there is nobody to talk to, so it has no port, no thread
/// and no start-up time. Ratis makes it by its class name.
public final class LoneRpc implements RpcType {

  @Override
  public String name() {
    return LoneRpc.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory();
  }

  private static final class Factory implements ServerFactory {
    @Override
    public RpcType getRpcType() {
      return new LoneRpc();
    }

    @Override
    public RaftServerRpc newRaftServerRpc(RaftServer server) {
      return new Nobody();
    }
  }

  private static final class Nobody implements RaftServerRpc {
    // Never bound; Ratis prints it.
    private final InetSocketAddress address = InetSocketAddress.createUnresolved("nowhere", 0);

    @Override
    public void start() {}

    @Override
    public InetSocketAddress getInetSocketAddress() {
      return address;
    }

    @Override
    public void handleException(RaftPeerId serverId, Exception e, boolean reconnect) {}

    @Override
    public RpcType getRpcType() {
      return new LoneRpc();
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {}

    @Override
    public void close() {}

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
      throw nobody();
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request)
        throws IOException {
      throw nobody();
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request)
        throws IOException {
      throw nobody();
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(
        StartLeaderElectionRequestProto request) throws IOException {
      throw nobody();
    }

    private static IOException nobody() {
      return new IOException("a raft group of one has no other peer");
    }
  }
}
