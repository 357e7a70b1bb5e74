package org.skep.metadata.lock;

/// Who holds a lock. Locks of one owner never conflict with each other.
///
/// @param client the client's id
/// @param number chosen by the client; means nothing in another client or family
public record LockOwner(LockFamily family, long client, long number)
    implements Comparable<LockOwner> {

  /// The order of the stored keys.
  @Override
  public int compareTo(LockOwner other) {
    int order = family.compareTo(other.family);
    if (order == 0) {
      order = Long.compareUnsigned(client, other.client);
    }
    return order != 0 ? order : Long.compareUnsigned(number, other.number);
  }
}
