package org.skep.mirror;

import com.google.protobuf.MessageLite;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.wire.FrameHeader;
import org.skep.wire.Operation;

/// What the primary sends on to its secondary: the client's request as it came.
///
/// @param bulk its payload, from position to limit, which stay as they are; null: none
/// @param bulkCrc CRC32C of the payload
public record ForwardedRequest<Q extends MessageLite, R extends MessageLite>(
    Operation<Q, R> operation, Q message, @Nullable ByteBuffer bulk, int bulkCrc) {

  /// Without payload.
  public static <Q extends MessageLite, R extends MessageLite> ForwardedRequest<Q, R> of(
      Operation<Q, R> operation, Q message) {
    return new ForwardedRequest<>(operation, message, null, 0);
  }

  /// With a payload whose checksum is computed here.
  public static <Q extends MessageLite, R extends MessageLite> ForwardedRequest<Q, R> of(
      Operation<Q, R> operation, Q message, ByteBuffer bulk) {
    return new ForwardedRequest<>(operation, message, bulk, FrameHeader.bulkCrc(bulk));
  }

  int bulkBytes() {
    return bulk == null ? 0 : bulk.remaining();
  }
}
