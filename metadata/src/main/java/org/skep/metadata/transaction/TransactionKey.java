package org.skep.metadata.transaction;

import java.util.Comparator;
import org.skep.cluster.Ids;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.wire.Failure;
import org.skep.wire.message.TransactionId;

/// The name of a transaction.
///
/// @param coordinator shard
/// @param incarnation life of the coordinator's shard
/// @param number within that life
record TransactionKey(int coordinator, long incarnation, long number)
    implements Comparable<TransactionKey> {

  private static final Comparator<TransactionKey> ORDER =
      Comparator.comparingInt(TransactionKey::coordinator)
          .thenComparingLong(TransactionKey::incarnation)
          .thenComparingLong(TransactionKey::number);

  static TransactionKey of(TransactionId id) throws RefusedException {
    if (id.getCoordinator() < 1 || id.getCoordinator() > Ids.ID_MAX) {
      throw new RefusedException(Failure.malformed("coordinator " + id.getCoordinator()));
    }
    return new TransactionKey(id.getCoordinator(), id.getIncarnation(), id.getNumber());
  }

  static TransactionKey ofIntent(byte[] key) {
    return new TransactionKey((int) Keys.number(key, 0), Keys.number(key, 8), Keys.number(key, 16));
  }

  TransactionId message() {
    return TransactionId.newBuilder()
        .setCoordinator(coordinator)
        .setIncarnation(incarnation)
        .setNumber(number)
        .build();
  }

  /// Its key in the table INTENTS.
  byte[] intent() {
    return Keys.of(coordinator, incarnation, number);
  }

  /// Its key in the coordinator's table DECISIONS.
  byte[] decision() {
    return Keys.of(incarnation, number);
  }

  @Override
  public int compareTo(TransactionKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return coordinator + "-" + incarnation + "-" + number;
  }
}
