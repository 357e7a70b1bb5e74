package org.skep.simulation.workload;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/// What must be in a file, byte by byte, also after power cuts of storage hosts: what a fsync has
/// reported as durable is there; of the rest each byte is as it was written last, or, if a host has
/// lost its power since, as it was at any time since the last fsync, or zero. What a truncation
/// cuts away is gone for good when it is answered.
///
/// Changes are *vouched for* if a fsync of the present opening has to report their loss: those that
/// were made through it. Of others (earlier openings, losses already reported) nobody can know.
final class FileModel {
  static final int BYTES_MAX = 400_000;

  private final LongSupplier powerCuts;
  private final byte[] written = new byte[BYTES_MAX];
  private final byte[] durable = new byte[BYTES_MAX];
  private final List<Patch> unsynced = new ArrayList<>();
  private int size;
  private long cutsWhenSynced;

  /// A change of some bytes that no fsync has covered yet.
  private static final class Patch {
    private final int offset;
    private final byte[] bytes;
    private final long cutsBefore;
    private boolean vouched;

    Patch(int offset, byte[] bytes, long cutsBefore, boolean vouched) {
      this.offset = offset;
      this.bytes = bytes;
      this.cutsBefore = cutsBefore;
      this.vouched = vouched;
    }

    Patch before(int end) {
      byte[] kept = Arrays.copyOf(bytes, Math.min(bytes.length, end - offset));
      return new Patch(offset, kept, cutsBefore, vouched);
    }

    boolean covers(int at) {
      return at >= offset && at < offset + bytes.length;
    }
  }

  /// @param powerCuts how many there were so far
  FileModel(LongSupplier powerCuts) {
    this.powerCuts = powerCuts;
  }

  int size() {
    return size;
  }

  /// @param cutsBefore power cuts before the change began
  void write(int offset, byte[] bytes, long cutsBefore) {
    patch(offset, bytes, cutsBefore);
    size = Math.max(size, offset + bytes.length);
  }

  /// Zeros within the file; the size stays.
  void zero(int offset, int length, long cutsBefore) {
    int end = Math.min(size, offset + length);
    if (offset < end) {
      patch(offset, new byte[end - offset], cutsBefore);
    }
  }

  void grow(int newSize) {
    size = Math.max(size, newSize);
  }

  /// What is cut away never comes back.
  void truncate(int newSize) {
    if (newSize < size) {
      Arrays.fill(written, newSize, BYTES_MAX, (byte) 0);
      Arrays.fill(durable, newSize, BYTES_MAX, (byte) 0);
      List<Patch> rest =
          unsynced.stream()
              .filter(patch -> patch.offset < newSize)
              .map(patch -> patch.before(newSize))
              .toList();
      unsynced.clear();
      unsynced.addAll(rest);
    }
    size = newSize;
  }

  private void patch(int offset, byte[] bytes, long cutsBefore) {
    System.arraycopy(bytes, 0, written, offset, bytes.length);
    unsynced.add(new Patch(offset, bytes.clone(), cutsBefore, true));
  }

  byte[] content(int offset, int length) {
    return Arrays.copyOfRange(written, offset, Math.min(size, offset + length));
  }

  /// From now on nobody knows what the opening had written.
  void closed() {
    unsynced.forEach(patch -> patch.vouched = false);
  }

  /// Whether something may be lost: also space that was reserved, of which there is no patch.
  boolean isDoubtful() {
    return cutsWhenSynced != powerCuts.getAsLong() || unsynced.stream().anyMatch(this::isDoubtful);
  }

  private boolean isDoubtful(Patch patch) {
    return patch.cutsBefore != powerCuts.getAsLong();
  }

  /// What was read at an offset can be so.
  ///
  /// @throws AssertionError naming the first byte that can't
  void check(int offset, ByteBuffer got) {
    for (int i = 0; got.hasRemaining(); i++) {
      byte value = got.get();
      int at = offset + i;
      if (value != written[at] && !mayBe(at, value)) {
        throw new AssertionError(
            "byte %d is %d, should be %d; %s"
                .formatted(at, value & 0xFF, written[at] & 0xFF, describe(at)));
      }
    }
  }

  private String describe(int at) {
    StringBuilder text = new StringBuilder("durable " + (durable[at] & 0xFF) + ", then");
    for (Patch patch : unsynced) {
      if (patch.covers(at)) {
        text.append(' ').append(patch.bytes[at - patch.offset] & 0xFF);
        text.append(isDoubtful(patch) ? "(doubtful)" : "");
      }
    }
    return text.toString();
  }

  private boolean mayBe(int at, byte value) {
    boolean doubtful = false;
    boolean known = value == 0 || value == durable[at];
    for (Patch patch : unsynced) {
      if (patch.covers(at)) {
        doubtful |= isDoubtful(patch);
        known |= patch.bytes[at - patch.offset] == value;
      }
    }
    return doubtful && known;
  }

  /// A fsync succeeded. What is read afterwards, the whole file, is what stays.
  ///
  /// @param whole its content, read after the fsync
  /// @param cutsBefore power cuts before it began
  void synced(ByteBuffer whole, long cutsBefore) {
    cutsWhenSynced = cutsBefore;
    for (int at = 0; whole.hasRemaining(); at++) {
      byte value = whole.get();
      if (value != written[at] && (lastIsVouched(at) || !mayBe(at, value))) {
        throw new AssertionError(
            "fsync succeeded, but byte %d is %d, should be %d; %s"
                .formatted(at, value & 0xFF, written[at] & 0xFF, describe(at)));
      }
      written[at] = value;
    }
    System.arraycopy(written, 0, durable, 0, BYTES_MAX);
    unsynced.clear();
  }

  private boolean lastIsVouched(int at) {
    for (int i = unsynced.size() - 1; i >= 0; i--) {
      Patch patch = unsynced.get(i);
      if (patch.covers(at)) {
        return patch.vouched;
      }
    }
    return true;
  }

  /// A fsync or close has reported a loss; the content is what is read now.
  void lost(ByteBuffer whole) {
    check(0, whole.duplicate());
    whole.get(written, 0, whole.remaining());
    unsynced.forEach(patch -> patch.vouched = false);
  }
}
