package org.skep.mirror.range;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.Forwarder;
import org.skep.mirror.GroupView;
import org.skep.runtime.rpc.Upload;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A change that is sent to the secondary while it still arrives at the primary. The secondary
/// applies it when it has all of it, so the last piece is kept back until the primary has the right
/// to let it happen: nothing is locked while a client is slow. Belongs to the request's thread.
public final class EarlyUpload<R extends MessageLite> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EarlyUpload.class);

  private final Forwarder forwarder;
  private final GroupView view;
  private final long sequence;
  private @Nullable Upload<R> upload;
  private @Nullable ByteBuffer last;
  private boolean taken;

  private EarlyUpload(Forwarder forwarder, GroupView view, long sequence) {
    this.forwarder = forwarder;
    this.view = view;
    this.sequence = sequence;
  }

  static <Q extends MessageLite, R extends MessageLite> EarlyUpload<R> begin(
      Forwarder forwarder, GroupView view, ForwardedRequest<Q, R> request, int bulkBytes) {
    EarlyUpload<R> early = new EarlyUpload<>(forwarder, view, forwarder.beginSequence());
    try {
      early.upload = forwarder.upload(view, request, bulkBytes, early.sequence);
    } catch (IOException e) {
      LOG.debug("sent as a whole later", e);
    }
    return early;
  }

  /// The next piece has arrived; it must stay as it is. Sends the one before. A connection that
  /// breaks does no harm: all is sent again as a whole then.
  public void piece(ByteBuffer piece) {
    ByteBuffer before = last;
    last = piece;
    if (before != null) {
      send(before);
    }
  }

  private void send(ByteBuffer piece) {
    Upload<R> now = upload;
    if (now == null) {
      return;
    }
    try {
      now.send(piece);
    } catch (IOException e) {
      LOG.debug("sent as a whole later", e);
      now.close();
      upload = null;
    }
  }

  /// Sends the last piece. From now on the change may take effect at the secondary, whatever comes.
  ///
  /// @return what waits for the answer; null if the whole is to be sent in another way
  @Nullable Upload<R> complete(GroupView now) {
    ByteBuffer rest = last;
    if (rest == null
        || now.epoch() != view.epoch()
        || now.buddyIncarnation() != view.buddyIncarnation()) {
      abandon();
      return null;
    }
    taken = upload != null;
    send(rest);
    Upload<R> complete = upload;
    upload = null;
    return complete;
  }

  /// The number of the change. Who calls [#complete] ends it if it was [#taken].
  long sequence() {
    return sequence;
  }

  /// Whether the secondary may have got all of it.
  boolean taken() {
    return taken;
  }

  /// Unless it was completed, the secondary drops it.
  @Override
  public void close() {
    abandon();
    if (!taken) {
      forwarder.endSequence(sequence);
    }
  }

  private void abandon() {
    Upload<R> now = upload;
    upload = null;
    if (now != null) {
      now.close();
    }
  }
}
