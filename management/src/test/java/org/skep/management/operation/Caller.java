package org.skep.management.operation;

import java.nio.ByteBuffer;
import org.skep.cluster.NodeKind;
import org.skep.runtime.rpc.Exchange;
import org.skep.wire.FrameHeader;
import org.skep.wire.FrameKind;

/// The surroundings of a request without a connection.
record Caller(NodeKind role, long client, boolean alive) implements Exchange {

  static final Caller SERVER = new Caller(NodeKind.STORAGE, 1, true);
  static final Caller CLIENT = new Caller(NodeKind.CLIENT, 2, true);

  @Override
  public FrameHeader header() {
    return new FrameHeader(FrameKind.REQUEST, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Override
  public ByteBuffer bulk() {
    return ByteBuffer.allocate(0);
  }

  @Override
  public ByteBuffer answerBuffer() {
    return ByteBuffer.allocate(0);
  }
}
