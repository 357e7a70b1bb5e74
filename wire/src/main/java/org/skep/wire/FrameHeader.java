package org.skep.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// The fixed start of every frame, little-endian:
///
/// ```
///  0 magic "SKEP" | 4 version u8 | 5 kind u8 | 6 operation u16
///  8 request id u64
/// 16 message bytes u32 | 20 bulk bytes u32
/// 24 CRC32C of the bulk bytes u32 | 28 destination u32
/// 32 epoch u64 (requests), batch u64 (answers)
/// 40 sequence u64
/// 48 completed below u64 (requests), map version (answers)
/// 56 flags u32 | 60 CRC32C of bytes 0 to 59 and the message u32
/// 64 message, bulk bytes
/// ```
///
/// @param destination the target or group that is asked; 0 where the process itself is meant
/// @param epoch of a request: that of the destination, as the client's map has it; 0 with
///   destination 0. Of an answer to a change at a shard: the number of the batch that holds the
///   change, or of a later one, by which a fsync asks whether it is still there; else 0
/// @param sequence of a change, unique in the client's life, so that a retry gets the first answer;
///   0 where a repetition does no harm
/// @param mark of a request: all sequences below are completed, their answers may be forgotten; of
///   an answer: the version of the server's map
public record FrameHeader(
    FrameKind kind,
    int operation,
    long requestId,
    int messageBytes,
    int bulkBytes,
    int bulkCrc,
    int destination,
    long epoch,
    long sequence,
    long mark,
    int flags) {

  public static final int BYTES = 64;
  public static final int VERSION = 1;

  /// `destination` is a buddy group where it would else be a target.
  public static final int FLAG_GROUP = 1;

  /// From the primary of the group to its secondary; `sequence` numbers the changes of this life of
  /// the primary's process, `mark`: all below are over on both.
  public static final int FLAG_FORWARDED = 2;

  /// A read that the group's secondary may answer as well.
  public static final int FLAG_ANY_MEMBER = 4;

  private static final int MAGIC = 0x50454B53;
  private static final int CRC_AT = 60;

  /// Writes the header and its checksum to the 64 bytes from `frame`'s position 0 on; `message` is
  /// what will follow it, from position to limit. Neither buffer's position changes.
  public void encode(ByteBuffer frame, ByteBuffer message) {
    ByteBuffer out = frame.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, MAGIC);
    out.put(4, (byte) VERSION);
    out.put(5, (byte) kind.code());
    out.putShort(6, (short) operation);
    out.putLong(8, requestId);
    out.putInt(16, messageBytes);
    out.putInt(20, bulkBytes);
    out.putInt(24, bulkCrc);
    out.putInt(28, destination);
    out.putLong(32, epoch);
    out.putLong(40, sequence);
    out.putLong(48, mark);
    out.putInt(56, flags);
    out.putInt(CRC_AT, crc(out, message));
  }

  /// Reads and checks the 64 bytes from position 0 on: magic, version, kind and lengths. The
  /// checksum is checked by [#verify] once the message is there.
  ///
  /// @param messageBytesMax how large a message may be now (smaller before authentication)
  /// @throws MalformedFrameException saying what is wrong
  public static FrameHeader decode(ByteBuffer frame, int messageBytesMax, int bulkBytesMax)
      throws MalformedFrameException {
    ByteBuffer in = frame.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt(0) != MAGIC) {
      throw new MalformedFrameException("not a Skep frame");
    }
    if (in.get(4) != VERSION) {
      throw new MalformedFrameException("frame version " + in.get(4));
    }
    int messageBytes = in.getInt(16);
    if (messageBytes < 0 || messageBytes > messageBytesMax) {
      throw new MalformedFrameException(
          "message of " + Integer.toUnsignedString(messageBytes) + " bytes");
    }
    int bulkBytes = in.getInt(20);
    if (bulkBytes < 0 || bulkBytes > bulkBytesMax) {
      throw new MalformedFrameException(
          "bulk payload of " + Integer.toUnsignedString(bulkBytes) + " bytes");
    }
    return new FrameHeader(
        FrameKind.of(in.get(5)),
        Short.toUnsignedInt(in.getShort(6)),
        in.getLong(8),
        messageBytes,
        bulkBytes,
        in.getInt(24),
        in.getInt(28),
        in.getLong(32),
        in.getLong(40),
        in.getLong(48),
        in.getInt(56));
  }

  /// Compares the checksum in the 64 bytes of `frame` with that of header and message.
  ///
  /// @throws MalformedFrameException if they differ: the bytes were damaged on their way
  public static void verify(ByteBuffer frame, ByteBuffer message) throws MalformedFrameException {
    ByteBuffer in = frame.duplicate().clear().order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt(CRC_AT) != crc(in, message)) {
      throw new MalformedFrameException("checksum of header and message is wrong");
    }
  }

  /// CRC32C of the buffer from position to limit, which stay as they are.
  public static int bulkCrc(ByteBuffer bulk) {
    CRC32C crc = new CRC32C();
    crc.update(bulk.duplicate());
    return (int) crc.getValue();
  }

  private static int crc(ByteBuffer header, ByteBuffer message) {
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().position(0).limit(CRC_AT));
    crc.update(message.duplicate());
    return (int) crc.getValue();
  }
}
