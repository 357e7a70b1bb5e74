package org.skep.runtime.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.skep.runtime.port.Connection;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.HandshakeProofs;
import org.skep.wire.Limits;
import org.skep.wire.Secret;
import org.skep.wire.message.ChallengeMessage;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.HelloMessage;
import org.skep.wire.message.Kind;
import org.skep.wire.message.ProofMessage;

/// A client that sends frame by frame, for what a good client never does.
final class RawClient implements AutoCloseable {
  final Connection connection;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final long deadline;

  RawClient(RpcWorld world) throws IOException {
    connection = world.ports.network().connect(world.endpoint(), 5 * RpcWorld.SECOND);
    connection.setTimeoutNanos(20 * RpcWorld.SECOND);
    FrameBuffers buffers = new FrameBuffers();
    reader = new FrameReader(connection, world.ports.clock(), buffers);
    writer = new FrameWriter(connection, world.ports.clock(), buffers);
    deadline = world.ports.clock().nanoTime() + 20 * RpcWorld.SECOND;
  }

  static HelloMessage hello(long client, long fence) {
    return HelloMessage.newBuilder()
        .setVersionMin(1)
        .setVersionMax(1)
        .setNonce(ByteString.copyFrom(new byte[HandshakeProofs.NONCE_BYTES]))
        .setRole(Kind.CLIENT)
        .setClient(client)
        .setFence(fence)
        .build();
  }

  void send(FrameKind kind, MessageLite message) throws IOException {
    writer.write(kind, 0, 0, RequestHeader.PROCESS, message, null, deadline);
  }

  void request(int operation, MessageLite message, ByteBuffer bulk) throws IOException {
    writer.write(FrameKind.REQUEST, operation, 1, RequestHeader.PROCESS, message, bulk, deadline);
  }

  record Frame(FrameHeader header, ByteString message) {
    FailureMessage failure() throws IOException {
      return FailureMessage.parseFrom(message);
    }
  }

  Frame receive() throws IOException {
    FrameHeader header =
        reader.readHeader(Limits.MESSAGE_BYTES_MAX, Limits.BULK_BYTES_MAX, deadline);
    return new Frame(header, ByteString.copyFrom(reader.readMessage(header, deadline)));
  }

  /// The good proof for what was said so far.
  static ProofMessage proof(Secret secret, HelloMessage hello, ByteString challenge) {
    byte[] proof = HandshakeProofs.ofClient(secret, hello.toByteArray(), challenge.toByteArray());
    return ProofMessage.newBuilder().setProof(ByteString.copyFrom(proof)).build();
  }

  /// A whole handshake.
  ///
  /// @return the answer to the proof: WELCOME or FAILURE
  Frame shake(Secret secret, long client, long fence) throws IOException {
    HelloMessage hello = hello(client, fence);
    send(FrameKind.HELLO, hello);
    Frame challenge = receive();
    ChallengeMessage _ = ChallengeMessage.parseFrom(challenge.message());
    send(FrameKind.PROOF, proof(secret, hello, challenge.message()));
    return receive();
  }

  @Override
  public void close() {
    connection.close();
  }
}
