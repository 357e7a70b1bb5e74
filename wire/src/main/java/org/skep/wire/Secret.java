package org.skep.wire;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The cluster's shared secret. It never travels and is never printed: only proofs made with it
/// are.
public final class Secret {

  /// Shorter ones could be guessed from one recorded handshake.
  public static final int BYTES_MIN = 16;

  public static final int BYTES_MAX = 4096;
  public static final int PROOF_BYTES = 32;

  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  private Secret(byte[] bytes) {
    key = new SecretKeySpec(bytes, ALGORITHM);
  }

  /// @param bytes copied
  /// @throws IllegalArgumentException if it is too short or too long
  public static Secret of(byte[] bytes) {
    if (bytes.length < BYTES_MIN || bytes.length > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a secret has " + BYTES_MIN + " to " + BYTES_MAX + " bytes, not " + bytes.length);
    }
    return new Secret(bytes);
  }

  /// HMAC-SHA-256 of the bytes.
  byte[] sign(byte[] bytes) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no " + ALGORITHM, e);
    }
  }

  /// Compares in a time that does not depend on the content.
  static boolean same(byte[] expected, byte[] given) {
    return MessageDigest.isEqual(expected, given);
  }

  @Override
  public String toString() {
    return "(secret)";
  }
}
