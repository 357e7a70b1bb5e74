package org.skep.mirror;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.rpc.Upload;
import org.skep.wire.Answer;
import org.skep.wire.Failure;

/// One change of a primary that is alone, while a resync runs: applied here, sent to the secondary,
/// and noted if that did not take it.
final class ResyncRequest<Q extends MessageLite, R extends MessageLite> {
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

  R run(MemberRequests.Local<R> apply, @Nullable EarlyUpload<R> early) throws IOException {
    Forwarder forwarder = requests.forwarder();
    Upload<R> upload = early == null ? null : early.complete(view);
    long sequence = early != null && early.taken() ? early.sequence() : forwarder.beginSequence();
    String problem = "the connection broke";
    boolean same = false;
    try {
      if (upload == null) {
        upload = forwarder.send(view, request, sequence);
      }
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    }
    try {
      R reply = apply.run();
      same = upload != null;
      return reply;
    } finally {
      if (upload != null) {
        problem = finish(upload);
      }
      forwarder.endSequence(sequence);
      if (!same || problem != null) {
        requests.noteChanged(range);
        requests.member().resyncBroken(problem == null ? "the disk here refused" : problem);
      }
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
