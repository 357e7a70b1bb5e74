package org.skep.mirror.range;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.skep.mirror.ForwardedRequest;
import org.skep.mirror.Forwarder;
import org.skep.mirror.GroupView;
import org.skep.mirror.MemberRefusal;
import org.skep.runtime.rpc.Upload;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One change of a primary that is alone, while a resync runs: applied here, sent to the secondary,
/// and noted if that did not take it.
final class ResyncRequest<Q extends MessageLite, R extends MessageLite> {
  private static final Logger LOG = LoggerFactory.getLogger(ResyncRequest.class);

  private final MemberRequests requests;
  private final GroupView view;
  private final ItemRange range;
  private final ForwardedRequest<Q, R> request;

  ResyncRequest(
      MemberRequests requests, GroupView view, ItemRange range, ForwardedRequest<Q, R> request) {
    this.requests = requests;
    this.view = view;
    this.range = range;
    this.request = request;
  }

  R run(MemberRequests.Local<R> apply, @Nullable EarlyUpload<R> early)
      throws MemberRefusal, IOException {
    Forwarder forwarder = requests.forwarder();
    Upload<R> upload = early == null ? null : early.complete(view);
    long sequence = early != null && early.taken() ? early.sequence() : forwarder.beginSequence();
    String problem = "not sent";
    try {
      if (upload == null) {
        upload = forwarder.send(view, request, sequence);
      }
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    }
    IOException failure = null;
    R reply = null;
    try {
      reply = apply.run();
    } catch (IOException e) {
      failure = e;
    }
    if (upload != null) {
      problem = finish(upload);
    }
    forwarder.endSequence(sequence);
    if (failure != null && problem == null) {
      problem = "the disk of the primary refused: " + failure.getMessage();
    }
    if (problem != null) {
      missing(problem);
    }
    if (failure != null) {
      throw failure;
    }
    return Objects.requireNonNull(reply);
  }

  private void missing(String problem) throws MemberRefusal {
    requests.noteMissing(range);
    if (requests.replica().forwarding().broken()) {
      LOG.warn(
          "{}: the resync ends, the secondary did not take a change: {}", view.text(), problem);
    }
  }

  /// @return what is wrong; null: the secondary has it
  private @Nullable String finish(Upload<R> upload) {
    try {
      return switch (requests.forwarder().finish(view, upload)) {
        case Answer.Done<R> _ -> null;
        case Answer.Refused<R>(Failure failure) -> failure.detail();
      };
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
