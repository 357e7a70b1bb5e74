package org.skep.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.skep.wire.message.ChallengeMessage;

/// Each bit of a handshake changes its proofs.
final class HandshakeProofsTest {
  private static final Secret SECRET = secret("0123456789abcdef");
  private static final byte[] HELLO = {1, 2, 3};
  private static final ChallengeMessage CHALLENGE =
      ChallengeMessage.newBuilder()
          .setVersion(1)
          .setNonce(ByteString.copyFrom(new byte[32]))
          .setClusterId("c")
          .setIncarnation(9)
          .build();

  private static Secret secret(String text) {
    return Secret.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void everyFieldOfTheChallengeAndTheSecretCount() {
    List<ChallengeMessage> others =
        List.of(
            CHALLENGE,
            CHALLENGE.toBuilder().setVersion(2).build(),
            CHALLENGE.toBuilder().setNonce(ByteString.copyFrom(new byte[31])).build(),
            CHALLENGE.toBuilder().setClusterId("d").build(),
            CHALLENGE.toBuilder().setIncarnation(8).build(),
            CHALLENGE.toBuilder().setOpen(true).build());
    Set<ByteString> proofs = new HashSet<>();
    for (ChallengeMessage other : others) {
      assertThat(proofs.add(proof(SECRET, HELLO, other))).isTrue();
    }
    assertThat(proofs.add(proof(SECRET, new byte[] {1, 2}, CHALLENGE))).isTrue();
    assertThat(proofs.add(proof(secret("0123456789abcdeF"), HELLO, CHALLENGE))).isTrue();
    byte[] ofClient = HandshakeProofs.ofClient(SECRET, HELLO, CHALLENGE.toByteArray());
    assertThat(proofs.add(ByteString.copyFrom(ofClient))).isTrue();
    assertThat(proofs).allSatisfy(proof -> assertThat(proof.size()).isEqualTo(Secret.PROOF_BYTES));
  }

  private static ByteString proof(Secret secret, byte[] hello, ChallengeMessage challenge) {
    return ByteString.copyFrom(HandshakeProofs.ofServer(secret, hello, challenge));
  }

  @Test
  void theBorderBetweenPartsCounts() {
    byte[] left = HandshakeProofs.ofClient(SECRET, new byte[] {1, 2}, new byte[] {3});
    byte[] right = HandshakeProofs.ofClient(SECRET, new byte[] {1}, new byte[] {2, 3});
    assertThat(HandshakeProofs.same(left, ByteString.copyFrom(right))).isFalse();
    assertThat(HandshakeProofs.same(left, ByteString.copyFrom(left))).isTrue();
    assertThat(HandshakeProofs.same(left, ByteString.EMPTY)).isFalse();
  }

  @Test
  void aSecretIsLongEnoughAndNeverPrinted() {
    assertThat(SECRET.toString()).isEqualTo("(secret)");
    assertThatThrownBy(() -> secret("too short")).hasMessageContaining("not 9");
    assertThatThrownBy(() -> Secret.of(new byte[Secret.BYTES_MAX + 1]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
