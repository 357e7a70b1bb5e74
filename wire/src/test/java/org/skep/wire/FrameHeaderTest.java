package org.skep.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/// What is written is read again; what is damaged or too large is not.
final class FrameHeaderTest {
  private static final FrameHeader HEADER =
      new FrameHeader(
          FrameKind.REQUEST,
          0x301,
          1L << 63,
          5,
          1 << 20,
          -7,
          -1,
          1L << 62,
          3,
          4,
          FrameHeader.FLAG_GROUP);
  private static final ByteBuffer MESSAGE = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5});

  private static ByteBuffer encoded() {
    ByteBuffer frame = ByteBuffer.allocateDirect(FrameHeader.BYTES);
    HEADER.encode(frame, MESSAGE);
    return frame;
  }

  @Test
  void allFieldsComeBack() throws Exception {
    assertThat(FrameHeader.decode(encoded(), 5, 1 << 20)).isEqualTo(HEADER);
    FrameHeader.verify(encoded(), MESSAGE);
  }

  @Test
  void everyDamagedBitIsSeen() {
    for (int bit = 0; bit < FrameHeader.BYTES * 8; bit++) {
      ByteBuffer frame = encoded();
      frame.put(bit / 8, (byte) (frame.get(bit / 8) ^ 1 << bit % 8));
      assertThatThrownBy(() -> FrameHeader.verify(frame, MESSAGE))
          .isInstanceOf(MalformedFrameException.class);
    }
    assertThatThrownBy(() -> FrameHeader.verify(encoded(), ByteBuffer.wrap(new byte[5])))
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void lengthsBeyondTheLimitsAreRefused() {
    assertThatThrownBy(() -> FrameHeader.decode(encoded(), 4, 1 << 20))
        .hasMessage("message of 5 bytes");
    assertThatThrownBy(() -> FrameHeader.decode(encoded(), 5, (1 << 20) - 1))
        .hasMessage("bulk payload of 1048576 bytes");
  }

  @Test
  void operationsHaveNumbersOfTheirOwn() {
    assertThat(Operations.all()).extracting(Operation::code).doesNotHaveDuplicates();
    assertThat(Operations.all()).extracting(Operation::name).doesNotHaveDuplicates();
    assertThat(Operations.all())
        .allSatisfy(
            operation -> assertThat(Operations.byCode(operation.code())).isSameAs(operation));
  }
}
