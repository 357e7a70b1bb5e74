package org.skep.wire;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.skep.wire.message.ChallengeMessage;

/// The proofs of both sides that they know the secret. Each covers a label of its direction and
/// both fresh nonces, so that none can be replayed or reflected. Every part is preceded by its
/// length, so that no two handshakes give the same bytes.
public final class HandshakeProofs {

  public static final int NONCE_BYTES = 32;

  private static final byte[] SERVER = "skep server".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CLIENT = "skep client".getBytes(StandardCharsets.US_ASCII);

  private HandshakeProofs() {}

  /// The server's, over the client's hello and every other field of the challenge.
  ///
  /// @param hello the message's bytes as they came
  public static byte[] ofServer(Secret secret, byte[] hello, ChallengeMessage challenge) {
    byte[] numbers =
        ByteBuffer.allocate(13)
            .putInt(challenge.getVersion())
            .putLong(challenge.getIncarnation())
            .put((byte) (challenge.getOpen() ? 1 : 0))
            .array();
    return secret.sign(
        join(
            SERVER,
            hello,
            numbers,
            challenge.getNonce().toByteArray(),
            challenge.getClusterIdBytes().toByteArray()));
  }

  /// The client's, over both messages' bytes.
  public static byte[] ofClient(Secret secret, byte[] hello, byte[] challenge) {
    return secret.sign(join(CLIENT, hello, challenge));
  }

  /// Compares in a time that does not depend on the content.
  public static boolean same(byte[] expected, ByteString given) {
    return Secret.same(expected, given.toByteArray());
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
