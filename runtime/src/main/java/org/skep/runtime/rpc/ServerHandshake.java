package org.skep.runtime.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.IOException;
import org.skep.cluster.NodeKind;
import org.skep.linux.Errno;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Ports;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;
import org.skep.wire.HandshakeProofs;
import org.skep.wire.Limits;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.ChallengeMessage;
import org.skep.wire.message.Empty;
import org.skep.wire.message.HelloMessage;
import org.skep.wire.message.ProofMessage;

/// The server's side of a handshake: HELLO, CHALLENGE, PROOF, WELCOME. Nothing in the process
/// changes before the proof was found good. Lives for one connection, on one thread.
public final class ServerHandshake {

  /// The versions of the protocol that are spoken here.
  static final int VERSION_MIN = 1;

  static final int VERSION_MAX = 1;

  private final Ports ports;
  private final RpcServer.Settings settings;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final long deadline;

  /// @param deadline of the clock's nanoTime, for the whole handshake
  public ServerHandshake(
      Ports ports,
      RpcServer.Settings settings,
      Connection connection,
      FrameBuffers buffers,
      long deadline) {
    this.ports = ports;
    this.settings = settings;
    this.reader = new FrameReader(connection, ports.clock(), buffers);
    this.writer = new FrameWriter(connection, ports.clock(), buffers);
    this.deadline = deadline;
  }

  /// A client that has proved that it knows the secret.
  ///
  /// @param forwards whether all its requests are forwarded ones, from a primary to its secondary
  public record Identity(NodeKind role, long client, long fence, boolean forwards) {
    static final Identity NOBODY = new Identity(NodeKind.CLIENT, 0, 0, false);
  }

  /// Everything but the WELCOME.
  ///
  /// @throws IOException saying why the client was refused; it has been told
  public Identity identify() throws IOException {
    byte[] helloBytes = read(FrameKind.HELLO);
    HelloMessage hello = parse(HelloMessage.parser(), helloBytes);
    NodeKind role = checked(hello);
    ChallengeMessage challenge = challenge(hello, helloBytes);
    write(FrameKind.CHALLENGE, challenge);
    ProofMessage proof = parse(ProofMessage.parser(), read(FrameKind.PROOF));
    if (settings.secret() != null) {
      byte[] expected =
          HandshakeProofs.ofClient(settings.secret(), helloBytes, challenge.toByteArray());
      if (!HandshakeProofs.same(expected, proof.getProof())) {
        throw refused("the client's proof is wrong: it has another secret, or none");
      }
    }
    return new Identity(role, hello.getClient(), hello.getFence(), hello.getForwards());
  }

  void welcome() throws IOException {
    write(FrameKind.WELCOME, Empty.getDefaultInstance());
  }

  /// Tells the client why not; that it can't be told is no further trouble.
  ///
  /// @return the cause
  IOException refuse(IOException cause, Errno errno) {
    try {
      Failure failure = Failure.errno(errno.number(), String.valueOf(cause.getMessage()));
      write(FrameKind.FAILURE, failure.toMessage());
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return cause;
  }

  private IOException refused(String reason) {
    return refuse(new RefusedHandshakeException(reason), Errno.EPERM);
  }

  private NodeKind checked(HelloMessage hello) throws IOException {
    if (hello.getVersionMin() > VERSION_MAX || hello.getVersionMax() < VERSION_MIN) {
      throw refused(
          "protocol versions "
              + Integer.toUnsignedString(hello.getVersionMin())
              + " to "
              + Integer.toUnsignedString(hello.getVersionMax())
              + " are asked for, "
              + VERSION_MIN
              + " to "
              + VERSION_MAX
              + " are spoken here");
    }
    if (hello.getNonce().size() != HandshakeProofs.NONCE_BYTES || hello.getClient() == 0) {
      throw new MalformedFrameException("hello without nonce or client id");
    }
    String clusterId = settings.clusterId().get();
    if (!hello.getClusterId().isEmpty()
        && !clusterId.isEmpty()
        && !hello.getClusterId().equals(clusterId)) {
      throw refused("this server belongs to another cluster");
    }
    NodeKind role = MapCodec.of(hello.getRole());
    if (hello.getForwards() && role == NodeKind.CLIENT) {
      throw new MalformedFrameException("a client that forwards");
    }
    return role;
  }

  private ChallengeMessage challenge(HelloMessage hello, byte[] helloBytes) {
    ChallengeMessage.Builder challenge =
        ChallengeMessage.newBuilder()
            .setVersion(Math.min(hello.getVersionMax(), VERSION_MAX))
            .setNonce(ByteString.copyFrom(ports.chance().secretBytes(HandshakeProofs.NONCE_BYTES)))
            .setClusterId(settings.clusterId().get())
            .setIncarnation(settings.incarnation())
            .setOpen(settings.secret() == null);
    if (settings.secret() != null) {
      byte[] proof =
          HandshakeProofs.ofServer(settings.secret(), helloBytes, challenge.buildPartial());
      challenge.setProof(ByteString.copyFrom(proof));
    }
    return challenge.build();
  }

  private byte[] read(FrameKind kind) throws IOException {
    FrameHeader header = reader.readHeader(Limits.HANDSHAKE_MESSAGE_BYTES_MAX, 0, deadline);
    byte[] message = reader.readMessage(header, deadline);
    if (header.kind() != kind) {
      throw new MalformedFrameException("a frame of kind " + header.kind() + " for " + kind);
    }
    return message;
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
