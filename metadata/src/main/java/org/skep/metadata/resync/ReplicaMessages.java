package org.skep.metadata.resync;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.replication.BatchCodec;
import org.skep.metadata.replication.KeyRange;
import org.skep.metadata.replication.RangeDigest;
import org.skep.metadata.replication.StoredEntry;
import org.skep.metadata.replication.TableKey;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.wire.message.RangeDigestMessage;
import org.skep.wire.message.TableEntry;
import org.skep.wire.message.TableRange;

/// Keys, values and ranges of tables as messages. What comes from the wire is checked (malformed).
public final class ReplicaMessages {

  private ReplicaMessages() {}

  public static TableRange message(KeyRange range) {
    return TableRange.newBuilder()
        .setTable(BatchCodec.number(range.table()))
        .setFrom(wrap(range.from()))
        .setTo(wrap(range.to()))
        .build();
  }

  public static KeyRange range(TableRange message) throws RefusedException {
    byte[] to = message.getTo().isEmpty() ? Keys.end() : message.getTo().toByteArray();
    return new KeyRange(BatchCodec.table(message.getTable()), message.getFrom().toByteArray(), to);
  }

  public static TableEntry message(StoredEntry entry) {
    TableEntry.Builder message =
        TableEntry.newBuilder()
            .setTable(BatchCodec.number(entry.table()))
            .setKey(wrap(entry.key()));
    byte[] value = entry.value();
    if (value != null) {
      message.setValue(wrap(value));
    }
    return message.build();
  }

  public static List<StoredEntry> entries(List<TableEntry> messages) throws RefusedException {
    List<StoredEntry> entries = new ArrayList<>(messages.size());
    for (TableEntry message : messages) {
      byte @Nullable [] value = message.hasValue() ? message.getValue().toByteArray() : null;
      entries.add(
          new StoredEntry(
              BatchCodec.table(message.getTable()), message.getKey().toByteArray(), value));
    }
    return entries;
  }

  public static org.skep.wire.message.TableKey message(TableKey key) {
    return org.skep.wire.message.TableKey.newBuilder()
        .setTable(BatchCodec.number(key.table()))
        .setKey(wrap(key.key()))
        .build();
  }

  public static TableKey key(org.skep.wire.message.TableKey message) throws RefusedException {
    return new TableKey(BatchCodec.table(message.getTable()), message.getKey().toByteArray());
  }

  public static RangeDigestMessage message(RangeDigest digest) {
    return RangeDigestMessage.newBuilder()
        .setDigest(digest.digest())
        .setKeys(digest.keys())
        .setTooMany(digest.tooMany())
        .build();
  }

  public static RangeDigest digest(RangeDigestMessage message) {
    return message.getTooMany()
        ? RangeDigest.TOO_MANY
        : new RangeDigest(message.getDigest(), message.getKeys(), false);
  }

  private static ByteString wrap(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }
}
