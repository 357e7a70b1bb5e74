package org.skep.metadata.state;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.skep.metadata.record.ReplyRecord;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;

/// The replies of changes, kept until their client has them, so that a repeated request gets the
/// first answer. In memory there are only the sequence numbers. Any thread may call it.
public final class Replies {

  /// Bounds what a client can make us keep that never completes anything: one that has a change
  /// waiting may go on with others for so long.
  static final int REPLIES_MAX = 65_536;

  private final Records records;
  private final Map<Long, ClientReplies> clients = new ConcurrentHashMap<>();

  private static final class ClientReplies {
    // guarded by this
    private final NavigableSet<Long> kept = new TreeSet<>();
    private long mark;
  }

  Replies(Records records) throws DiskException {
    this.records = records;
    records.scan(
        Table.REPLIES,
        Keys.first(),
        Keys.end(),
        (key, value) -> {
          client(Keys.number(key, 0)).kept.add(Keys.number(key, 8));
          return true;
        });
  }

  private ClientReplies client(long client) {
    return clients.computeIfAbsent(client, key -> new ClientReplies());
  }

  /// The reply to this change if it was done before, else null.
  ///
  /// @throws RefusedException if the client has said that it has the answer, if the number was used
  ///   for another operation, or if too many replies are kept for it
  public @Nullable ByteString find(Call call) throws RefusedException, DiskException {
    if (!call.isNumbered()) {
      return null;
    }
    ClientReplies replies = client(call.client());
    synchronized (replies) {
      if (call.sequence() < replies.mark) {
        throw new RefusedException(
            Failure.malformed("sequence " + call.sequence() + " was completed"));
      }
      if (!replies.kept.contains(call.sequence())) {
        if (replies.kept.size() >= REPLIES_MAX) {
          throw new RefusedException(
              Failure.retry("client " + call.client() + " completes none of its changes"));
        }
        return null;
      }
    }
    ReplyRecord record =
        records.get(Table.REPLIES, Keys.of(call.client(), call.sequence()), ReplyRecord.parser());
    if (record == null) {
      // Another request of the client has just said that it is completed.
      throw new RefusedException(
          Failure.malformed("sequence " + call.sequence() + " was completed"));
    }
    if (record.getOperation() != call.operation()) {
      throw new RefusedException(
          Failure.malformed("sequence " + call.sequence() + " was another operation's"));
    }
    return record.getReply();
  }

  /// Adds the reply to the batch of its change, and the removal of those that are no more needed.
  void keep(Batch batch, Call call, MessageLite reply) {
    if (!call.isNumbered()) {
      return;
    }
    ReplyRecord record =
        ReplyRecord.newBuilder()
            .setOperation(call.operation())
            .setReply(reply.toByteString())
            .build();
    batch.put(Table.REPLIES, Keys.of(call.client(), call.sequence()), record.toByteArray());
    ClientReplies replies = client(call.client());
    synchronized (replies) {
      replies.mark = Math.max(replies.mark, call.mark());
      NavigableSet<Long> dropped = replies.kept.headSet(replies.mark, false);
      dropped.forEach(sequence -> batch.delete(Table.REPLIES, Keys.of(call.client(), sequence)));
      dropped.clear();
    }
  }

  /// The batch with the call's reply was applied.
  void kept(Call call) {
    if (call.isNumbered()) {
      ClientReplies replies = client(call.client());
      synchronized (replies) {
        replies.kept.add(call.sequence());
      }
    }
  }

  /// Adds the removal of all of a client's replies.
  public void dropAll(Batch batch, long client) {
    ClientReplies replies = clients.remove(client);
    if (replies != null) {
      synchronized (replies) {
        replies.kept.forEach(sequence -> batch.delete(Table.REPLIES, Keys.of(client, sequence)));
      }
    }
  }

  @Override
  public String toString() {
    return "replies to " + clients.size() + " clients";
  }
}
