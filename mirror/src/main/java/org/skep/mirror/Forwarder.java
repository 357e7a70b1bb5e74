package org.skep.mirror;

import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.skep.cluster.Node;
import org.skep.cluster.NodeKind;
import org.skep.mirror.GroupView.Role;
import org.skep.runtime.port.Gate;
import org.skep.runtime.port.Network;
import org.skep.runtime.port.Ports;
import org.skep.runtime.rpc.Peer;
import org.skep.runtime.rpc.RequestHeader;
import org.skep.runtime.rpc.RpcClient;
import org.skep.runtime.rpc.Upload;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.ConfirmRequest;
import org.skep.wire.message.Empty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A primary's line to its secondary ([GroupMember#forwarder]): numbers and sends changes, says
/// CONFIRM when nothing is sent for 10 ms, and notices when the secondary is silent. Any thread may
/// call it; a thread of its own confirms.
///
/// Who needs the secondary says so ([#needs]) for as long as it does, so that silence is noticed
/// and complained of. What is sent by [GroupMember#ask] is no change to this class: who sends
/// changes that way says what came of them ([#taken], [#complain], [#complainForGood]).
public final class Forwarder {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final long IDLE_NANOS = 10_000_000L;
  private static final long LONG_NANOS = 3_600_000_000_000L;

  /// Between two looks at a secondary that owes an answer, of the time it may be silent.
  private static final int LOOKS_PER_SILENCE = 4;

  /// A change that takes longer counts as failed, even if the secondary is alive: as long as a
  /// client waits for one answer.
  private static final long ATTEMPT_NANOS = 60_000_000_000L;

  private final Ports ports;
  private final RpcClient client;
  private final NodeKind kind;
  private final GroupMember member;
  private final Surroundings surroundings;
  private final Sequences sequences = new Sequences();
  private final AtomicLong complaint = new AtomicLong();
  private final AtomicLong lastingComplaint = new AtomicLong();
  private final Gate gate;
  // all guarded by gate
  private int waiting;
  private long waitingSince;
  private long heardNanos;
  private long usedNanos;
  private long saidMark;
  private long saidTo;
  private boolean asleep;
  private boolean stopped;
  private @Nullable Thread thread;

  Forwarder(
      Ports ports, RpcClient client, NodeKind kind, GroupMember member, Surroundings surroundings) {
    this.ports = ports;
    this.client = client;
    this.kind = kind;
    this.member = member;
    this.surroundings = surroundings;
    gate = new Gate(ports.clock());
  }

  void start() {
    gate.lock();
    try {
      thread = ports.threads().start("confirm", this::confirmAll);
    } finally {
      gate.unlock();
    }
  }

  void stop() {
    gate.lock();
    try {
      stopped = true;
      gate.signalAll();
      if (thread != null) {
        thread.interrupt();
      }
    } finally {
      gate.unlock();
    }
  }

  /// A term begins; nothing of the last one is under way.
  void begin() {
    sequences.settle();
    complaint.set(0);
    lastingComplaint.set(0);
    gate.lock();
    try {
      saidMark = 0;
      heardNanos = ports.clock().nanoTime();
    } finally {
      gate.unlock();
    }
  }

  /// The term, or the buddy's process, is another one.
  void news() {
    gate.lock();
    try {
      gate.signalAll();
    } finally {
      gate.unlock();
    }
  }

  /// Numbers a change; [#endSequence] must follow, unless the next term settles the change.
  public long beginSequence() {
    return sequences.begin();
  }

  /// The change is over on both, or was never sent.
  public void endSequence(long sequence) {
    sequences.end(sequence);
    gate.lock();
    try {
      wake();
    } finally {
      gate.unlock();
    }
  }

  /// While there are changes the thread looks by itself, so that they need not wake it.
  private void wake() {
    if (asleep) {
      asleep = false;
      gate.signalAll();
    }
  }

  private RequestHeader header(GroupView view, long sequence) {
    int group = kind == NodeKind.STORAGE ? FrameHeader.FLAG_GROUP : 0;
    int flags = group | FrameHeader.FLAG_FORWARDED;
    return new RequestHeader(view.groupId(), view.epoch(), flags, sequence, sequences.mark());
  }

  /// Begins to send the request to the secondary.
  ///
  /// @param bulkBytes of the whole payload, which follows; the request's own is not looked at
  public <Q extends MessageLite, R extends MessageLite> Upload<R> upload(
      GroupView view, ForwardedRequest<Q, R> request, int bulkBytes, long sequence)
      throws IOException {
    try {
      return client.upload(
          buddy(view),
          request.operation(),
          request.message(),
          header(view, sequence),
          bulkBytes,
          request.bulkCrc(),
          ATTEMPT_NANOS);
    } catch (IOException e) {
      failed(view, e);
      throw e;
    }
  }

  /// The whole request, but for its answer.
  public <Q extends MessageLite, R extends MessageLite> Upload<R> send(
      GroupView view, ForwardedRequest<Q, R> request, long sequence) throws IOException {
    Upload<R> upload = upload(view, request, request.bulkBytes(), sequence);
    boolean sent = false;
    try {
      if (request.bulk() != null) {
        upload.send(request.bulk());
      }
      sent = true;
      return upload;
    } finally {
      if (!sent) {
        upload.close();
      }
    }
  }

  /// Waits for the answer of an upload that was sent as a whole, and closes it.
  public <R extends MessageLite> Answer<R> finish(GroupView view, Upload<R> upload)
      throws IOException {
    try (upload) {
      Answer<R> answer = upload.finish();
      if (answer instanceof Answer.Done<R>) {
        taken();
      } else {
        heard();
      }
      return answer;
    } catch (IOException e) {
      failed(view, e);
      throw e;
    }
  }

  /// A change begins (1) or ends (-1) to need the secondary's answer, also between two attempts.
  public void needs(int more) {
    gate.lock();
    try {
      long now = ports.clock().nanoTime();
      if (waiting == 0 && more > 0) {
        waitingSince = now;
      }
      waiting += more;
      usedNanos = now;
      wake();
    } finally {
      gate.unlock();
    }
  }

  /// The secondary has answered something.
  public void heard() {
    gate.lock();
    try {
      heardNanos = ports.clock().nanoTime();
    } finally {
      gate.unlock();
    }
  }

  /// The secondary has taken a change: a complaint of its silence is over.
  public void taken() {
    heard();
    complaint.set(0);
  }

  private void failed(GroupView view, IOException e) {
    if (e instanceof Network.RefusedException) {
      suspect(view);
    }
    LOG.debug("{}: the secondary was not reached", view.text(), e);
  }

  private void suspect(GroupView view) {
    Node node = view.buddyNode();
    if (node != null) {
      surroundings.suspect(node);
    }
  }

  /// Management is to know that the secondary can't be used in this epoch, unless it takes a change
  /// before management has heard.
  public void complain(GroupView view, String why) {
    complain(complaint, view, why);
  }

  /// As above, whatever else the secondary takes in this term: there is a change that it never
  /// will.
  public void complainForGood(GroupView view, String why) {
    complain(lastingComplaint, view, why);
  }

  private void complain(AtomicLong kind, GroupView view, String why) {
    if (kind.getAndSet(view.epoch()) != view.epoch()) {
      LOG.warn("{}: the secondary can't be used: {}", view.text(), why);
      surroundings.beatNow();
    }
  }

  /// The epoch of the last complaint; 0: there is none.
  long complaint() {
    return Math.max(complaint.get(), lastingComplaint.get());
  }

  /// Ends the waiting for a buddy that hangs: all requests in progress there fail.
  public void dropBuddy(GroupView view) {
    Node node = view.buddyNode();
    if (node != null) {
      client.drop(node.kind(), node.id(), node.incarnation());
    }
  }

  /// See [GroupMember#ask].
  <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
      GroupView view,
      Operation<Q, R> operation,
      Q request,
      @Nullable ByteBuffer bulkOut,
      @Nullable ByteBuffer bulkIn,
      long timeoutNanos)
      throws IOException {
    RequestHeader header = header(view, 0);
    try {
      return client.call(buddy(view), operation, request, header, bulkOut, bulkIn, timeoutNanos);
    } catch (IOException e) {
      failed(view, e);
      throw e;
    }
  }

  private static Peer buddy(GroupView view) throws IOException {
    Node node = view.buddyNode();
    if (node == null) {
      throw new IOException(view.text() + ": the buddy's process is not known");
    }
    return Peer.of(node);
  }

  /// Asks the secondary whether it is still one, of this epoch.
  ///
  /// @return null, or why it is not known
  @Nullable String confirm(GroupView view, long timeoutNanos) {
    RequestHeader header = header(view, sequences.last());
    try {
      Answer<Empty> answer =
          client.call(
              buddy(view),
              kind == NodeKind.METADATA ? Operations.CONFIRM_SHARD : Operations.CONFIRM,
              ConfirmRequest.getDefaultInstance(),
              header,
              null,
              null,
              timeoutNanos);
      heard();
      if (answer instanceof Answer.Refused<Empty>(Failure failure)) {
        return failure.detail();
      }
      said(view, header.mark());
      return null;
    } catch (IOException e) {
      failed(view, e);
      return String.valueOf(e.getMessage());
    }
  }

  private void said(GroupView view, long mark) {
    gate.lock();
    try {
      if (saidTo != view.buddyIncarnation()) {
        saidTo = view.buddyIncarnation();
        saidMark = 0;
      }
      saidMark = Math.max(saidMark, mark);
    } finally {
      gate.unlock();
    }
  }

  // --- the thread that confirms ------------------------------------------------------------------

  private void confirmAll() {
    try {
      while (awaitReason()) {
        GroupView view = member.view();
        long silent = surroundings.silentNanos();
        String problem = confirm(view, silent - silent / LOOKS_PER_SILENCE);
        if (problem == null) {
          continue;
        }
        if (isSilent(silent)) {
          complain(view, "no answer for " + silent / 1_000_000 + " ms: " + problem);
        }
        pause(Math.max(IDLE_NANOS, silent / LOOKS_PER_SILENCE / 2));
      }
    } catch (InterruptedException e) {
      gate.lock();
      try {
        if (!stopped) {
          throw new IllegalStateException("only stop interrupts this thread", e);
        }
      } finally {
        gate.unlock();
      }
    }
  }

  /// Waits until something is to be said to the secondary.
  ///
  /// @return false if there never will be
  private boolean awaitReason() throws InterruptedException {
    gate.lock();
    try {
      while (!stopped) {
        long rest = restNanos();
        if (rest <= 0) {
          return true;
        }
        asleep = rest == LONG_NANOS;
        long _ = gate.awaitNanos(rest);
      }
      return false;
    } finally {
      gate.unlock();
    }
  }

  /// How long there is nothing to be said; the gate is locked.
  private long restNanos() {
    GroupView view = member.view();
    if (view.role() != Role.PRIMARY_OF_PAIR || !member.serving()) {
      return LONG_NANOS;
    }
    long now = ports.clock().nanoTime();
    if (waiting > 0) {
      return Math.min(lookNanos(now), IDLE_NANOS);
    }
    boolean said = saidTo == view.buddyIncarnation() && sequences.mark() <= saidMark;
    return said ? LONG_NANOS : usedNanos + IDLE_NANOS - now;
  }

  private long lookNanos(long now) {
    long last = Math.max(heardNanos, waitingSince);
    return last + surroundings.silentNanos() / LOOKS_PER_SILENCE - now;
  }

  private boolean isSilent(long silentNanos) {
    gate.lock();
    try {
      return waiting > 0
          && ports.clock().nanoTime() - Math.max(heardNanos, waitingSince) >= silentNanos;
    } finally {
      gate.unlock();
    }
  }

  private void pause(long nanos) throws InterruptedException {
    long end = ports.clock().nanoTime() + nanos;
    gate.lock();
    try {
      for (long rest = nanos; !stopped && rest > 0; rest = end - ports.clock().nanoTime()) {
        long _ = gate.awaitNanos(rest);
      }
    } finally {
      gate.unlock();
    }
  }
}
