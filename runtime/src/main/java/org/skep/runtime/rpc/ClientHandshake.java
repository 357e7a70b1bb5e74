package org.skep.runtime.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.IOException;
import org.skep.linux.Errno;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Clock;
import org.skep.runtime.port.Connection;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.HandshakeProofs;
import org.skep.wire.Limits;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Secret;
import org.skep.wire.message.ChallengeMessage;
import org.skep.wire.message.FailureMessage;
import org.skep.wire.message.HelloMessage;
import org.skep.wire.message.ProofMessage;

/// The connecting side of a handshake. Lives for one connection, on one thread.
final class ClientHandshake {
  private final RpcClient.Settings settings;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final long deadline;
  private final String server;

  ClientHandshake(
      Clock clock,
      RpcClient.Settings settings,
      Connection connection,
      FrameBuffers buffers,
      long deadline) {
    this.settings = settings;
    this.deadline = deadline;
    reader = new FrameReader(connection, clock, buffers);
    writer = new FrameWriter(connection, clock, buffers);
    server = connection.peer();
  }

  /// The server has another, newer fence of this client.
  static final class StaleFenceException extends IOException {
    private static final long serialVersionUID = 1L;

    StaleFenceException(String message) {
      super(message);
    }
  }

  /// Returns when the server has welcomed us.
  ///
  /// @param incarnation that the server must have, or 0
  /// @param forwards what the connection is for: requests with `FLAG_FORWARDED`, or the others
  void run(Chance chance, long fence, long incarnation, boolean forwards) throws IOException {
    HelloMessage hello =
        HelloMessage.newBuilder()
            .setVersionMin(ServerHandshake.VERSION_MIN)
            .setVersionMax(ServerHandshake.VERSION_MAX)
            .setNonce(ByteString.copyFrom(chance.secretBytes(HandshakeProofs.NONCE_BYTES)))
            .setRole(MapCodec.message(settings.role()))
            .setClient(settings.clientId())
            .setFence(fence)
            .setClusterId(settings.clusterId().get())
            .setForwards(forwards)
            .build();
    write(FrameKind.HELLO, hello);
    byte[] challengeBytes = read(FrameKind.CHALLENGE);
    ChallengeMessage challenge = parse(ChallengeMessage.parser(), challengeBytes);
    byte[] helloBytes = hello.toByteArray();
    check(challenge, helloBytes);
    if (incarnation != 0 && challenge.getIncarnation() != incarnation) {
      throw new IOException(server + " is another process than the cluster map says");
    }
    ProofMessage.Builder proof = ProofMessage.newBuilder();
    Secret secret = settings.secret();
    if (secret != null) {
      byte[] bytes = HandshakeProofs.ofClient(secret, helloBytes, challengeBytes);
      proof.setProof(ByteString.copyFrom(bytes));
    }
    write(FrameKind.PROOF, proof.build());
    byte[] _ = read(FrameKind.WELCOME);
  }

  private void check(ChallengeMessage challenge, byte[] helloBytes) throws IOException {
    Secret secret = settings.secret();
    if (challenge.getOpen() && secret != null) {
      throw new RefusedHandshakeException(server + " has authentication switched off, we have not");
    }
    if (!challenge.getOpen() && secret == null) {
      throw new RefusedHandshakeException(server + " asks for a secret, and we have none");
    }
    if (challenge.getNonce().size() != HandshakeProofs.NONCE_BYTES
        || challenge.getVersion() < ServerHandshake.VERSION_MIN
        || challenge.getVersion() > ServerHandshake.VERSION_MAX) {
      throw new MalformedFrameException("challenge of " + server);
    }
    if (secret != null
        && !HandshakeProofs.same(
            HandshakeProofs.ofServer(secret, helloBytes, challenge), challenge.getProof())) {
      throw new RefusedHandshakeException(server + " has another secret than we have");
    }
    String clusterId = settings.clusterId().get();
    if (!clusterId.isEmpty()
        && !challenge.getClusterId().isEmpty()
        && !challenge.getClusterId().equals(clusterId)) {
      throw new RefusedHandshakeException(server + " belongs to another cluster");
    }
  }

  private byte[] read(FrameKind kind) throws IOException {
    FrameHeader header = reader.readHeader(Limits.HANDSHAKE_MESSAGE_BYTES_MAX * 8, 0, deadline);
    byte[] message = reader.readMessage(header, deadline);
    if (header.kind() == FrameKind.FAILURE) {
      throw refusal(Failure.of(parse(FailureMessage.parser(), message)));
    }
    if (header.kind() != kind) {
      throw new MalformedFrameException("a frame of kind " + header.kind() + " for " + kind);
    }
    return message;
  }

  private IOException refusal(Failure failure) {
    String reason = server + " refused: " + failure.detail();
    if (failure.errno() == Errno.ESTALE.number()) {
      return new StaleFenceException(reason);
    }
    return failure.errno() == Errno.EPERM.number()
        ? new RefusedHandshakeException(reason)
        : new IOException(reason);
  }

  private void write(FrameKind kind, MessageLite message) throws IOException {
    writer.write(kind, 0, 0, RequestHeader.PROCESS, message, null, deadline);
  }

  private static <T> T parse(Parser<T> parser, byte[] message) throws MalformedFrameException {
    try {
      return parser.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedFrameException("handshake message: " + e.getMessage());
    }
  }
}
