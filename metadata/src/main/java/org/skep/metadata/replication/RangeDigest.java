package org.skep.metadata.replication;

/// What a range of keys holds, in short; equal if its keys and values are (else with a probability
/// of 2^-64).
///
/// @param digest the first 8 bytes of SHA-256 over all keys and values with their lengths
/// @param keys how many there are
/// @param tooMany there are more than were to be read: nothing is known
public record RangeDigest(long digest, long keys, boolean tooMany) {
  public static final RangeDigest TOO_MANY = new RangeDigest(0, 0, true);
}
