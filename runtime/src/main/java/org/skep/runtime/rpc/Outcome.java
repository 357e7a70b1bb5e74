package org.skep.runtime.rpc;

import com.google.protobuf.MessageLite;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.wire.Failure;

/// What a handler answers.
public sealed interface Outcome<R extends MessageLite> {

  /// @param bulk sent behind the message, from position to limit, if there is one; must stay as it
  ///   is until the handler's exchange ends
  /// @param batch see `Answer.Done`
  record Done<R extends MessageLite>(R reply, @Nullable ByteBuffer bulk, long batch)
      implements Outcome<R> {
    public Done(R reply, @Nullable ByteBuffer bulk) {
      this(reply, bulk, 0);
    }
  }

  record Refused<R extends MessageLite>(Failure failure) implements Outcome<R> {}

  static <R extends MessageLite> Outcome<R> done(R reply) {
    return new Done<>(reply, null);
  }

  static <R extends MessageLite> Outcome<R> refused(Failure failure) {
    return new Refused<>(failure);
  }
}
