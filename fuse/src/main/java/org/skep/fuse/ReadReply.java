package org.skep.fuse;

import java.lang.foreign.MemorySegment;

/// The data of a READ: pieces of native memory, sent in order by one writev(2) without a copy of
/// ours. Fewer bytes than asked mean the end of the file.
///
/// The memory must keep its content until it is sent: after the operation has returned, or within
/// [#send] if the operation wants its buffers back before.
public final class ReadReply {
  /// Most pieces of one reply.
  public static final int PIECES_MAX = 512;

  private final FuseRequest request;
  private long askedBytes;
  private long lengthBytes;

  ReadReply(FuseRequest request) {
    this.request = request;
  }

  ReadReply clear(long asked) {
    askedBytes = asked;
    lengthBytes = 0;
    return this;
  }

  /// Appends a piece. More than was asked for in all is an IllegalArgumentException.
  public ReadReply add(MemorySegment piece) {
    if (piece.byteSize() > askedBytes - lengthBytes) {
      throw new IllegalArgumentException(
          lengthBytes + " + " + piece.byteSize() + " bytes for " + askedBytes);
    }
    lengthBytes += piece.byteSize();
    request.addPiece(piece);
    return this;
  }

  /// Sends what was added, at once, and clears it. The operation must then return 0.
  public void send() {
    request.sendSuccess((int) lengthBytes);
  }

  int lengthBytes() {
    return (int) lengthBytes;
  }
}
