package org.skep.storage.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.runtime.port.Disk;

/// A chunk file as one file of up to 8 EiB - 1: its first 8 TiB in the local file that bears its
/// name, the rest in [FarSegments], which nearly no chunk file has. Whether there are any is looked
/// up once, when it is opened; as long as there are none, a call costs what it costs at the local
/// file.
///
/// Whoever makes the folder of the segments takes this file and others of the same chunk out of the
/// cache, so that nobody who comes later believes that there is none. The segments' files are
/// opened for each call.
///
/// A call that touches several segments is not atomic: a failure leaves some of them changed.
final class SegmentedFile implements Disk.File {
  private static final long SEGMENT_BYTES = FarSegments.SEGMENT_BYTES;

  private final Disk.File first;
  private final FarSegments far;
  private volatile boolean hasFar;

  /// @param first the local file, closed with this one
  /// @param hasFar whether the folder of the segments is there
  SegmentedFile(Disk.File first, FarSegments far, boolean hasFar) {
    this.first = first;
    this.far = far;
    this.hasFar = hasFar;
  }

  /// What is done with one segment's part of a range, at an offset of its local file.
  private interface Part {
    void apply(Disk.File file, long offset, long length) throws IOException;
  }

  @Override
  public int read(ByteBuffer into, long offset) throws IOException {
    if (!hasFar) {
      return isFirst(offset, 0) ? readFirst(into, offset) : 0;
    }
    int bytes = (int) Math.max(0, Math.min(into.remaining(), length() - offset));
    int end = into.limit();
    for (int done = 0; done < bytes; ) {
      int part = (int) Math.min(bytes - done, restOfSegment(offset + done));
      readPart(into.limit(into.position() + part), offset + done);
      done += part;
    }
    into.limit(end);
    return bytes;
  }

  private int readFirst(ByteBuffer into, long offset) throws IOException {
    int end = into.limit();
    into.limit(into.position() + (int) Math.min(into.remaining(), SEGMENT_BYTES - offset));
    int bytes = first.read(into, offset);
    into.limit(end);
    return bytes;
  }

  /// Fills the buffer from one segment, behind its end with zeros.
  private void readPart(ByteBuffer into, long offset) throws IOException {
    try (Segment segment = find(numberOf(offset))) {
      if (segment != null) {
        segment.file.read(into, localOffset(offset));
      }
    }
    while (into.hasRemaining()) {
      into.put((byte) 0);
    }
  }

  @Override
  public void write(ByteBuffer from, long offset) throws IOException {
    if (isFirst(offset, from.remaining())) {
      first.write(from, offset);
      return;
    }
    int end = from.limit();
    try {
      for (long at = offset; from.position() < end; ) {
        int part = (int) Math.min(end - from.position(), restOfSegment(at));
        from.limit(from.position() + part);
        try (Segment segment = findOrMake(numberOf(at))) {
          segment.file.write(from, localOffset(at));
        }
        at += part;
      }
    } finally {
      from.limit(end);
    }
  }

  @Override
  public void truncate(long length) throws IOException {
    cut(length);
    if (length() < length) {
      // The local file of the last byte decides; what is missing before it reads as zeros.
      int last = numberOf(length - 1);
      try (Segment segment = findOrMake(last)) {
        segment.file.truncate(length - startOf(last));
      }
    }
  }

  /// It ends at `length` then, or before if the segment of `length` has no file.
  private void cut(long length) throws IOException {
    int last = numberOf(length);
    if (hasFar) {
      int[] numbers = far.numbers();
      for (int at = numbers.length - 1; at >= 0 && numbers[at] >= last; at--) {
        if (numbers[at] > last || localOffset(length) == 0) {
          far.remove(numbers[at]);
        }
      }
    }
    try (Segment segment = find(last)) {
      if (segment != null) {
        segment.file.truncate(localOffset(length));
      }
    }
  }

  @Override
  public void punch(long offset, long length) throws IOException {
    if (!hasFar) {
      if (isFirst(offset, 0)) {
        first.punch(offset, Math.min(length, SEGMENT_BYTES - offset));
      }
      return;
    }
    if (length == 0) {
      return;
    }
    int last = numberOf(offset + length - 1);
    punchPart(0, offset, length);
    for (int number : far.numbers()) {
      if (number <= last) {
        punchPart(number, offset, length);
      }
    }
  }

  /// Frees what the range and the segment have in common.
  private void punchPart(int number, long offset, long length) throws IOException {
    if (number < numberOf(offset)) {
      return;
    }
    long start = Math.max(offset, startOf(number));
    try (Segment segment = find(number)) {
      if (segment != null) {
        segment.file.punch(
            localOffset(start), Math.min(restOfSegment(start), length - (start - offset)));
      }
    }
  }

  @Override
  public void allocate(long offset, long length, boolean keepSize) throws IOException {
    reserve(offset, length, (file, at, bytes) -> file.allocate(at, bytes, keepSize));
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    reserve(offset, length, Disk.File::zero);
  }

  private void reserve(long offset, long length, Part part) throws IOException {
    if (isFirst(offset, length)) {
      part.apply(first, offset, length);
      return;
    }
    far.checkRoom(length, allocatedBytes());
    for (long done = 0; done < length; ) {
      long at = offset + done;
      long bytes = Math.min(length - done, restOfSegment(at));
      try (Segment segment = findOrMake(numberOf(at))) {
        part.apply(segment.file, localOffset(at), bytes);
      }
      done += bytes;
    }
  }

  @Override
  public long seek(long offset, boolean hole) throws IOException {
    if (!hasFar) {
      return isFirst(offset, 0) ? first.seek(offset, hole) : -1;
    }
    return hole ? seekHole(offset) : seekData(offset);
  }

  private long seekData(long offset) throws IOException {
    int start = numberOf(offset);
    long found = start == 0 ? first.seek(offset, false) : -1;
    for (int number : far.numbers()) {
      if (found >= 0) {
        break;
      }
      if (number >= start) {
        found = seekIn(number, Math.max(offset, startOf(number)), false);
      }
    }
    return found;
  }

  private long seekHole(long offset) throws IOException {
    long length = length();
    for (long at = offset; at < length; ) {
      long found = seekIn(numberOf(at), at, true);
      if (found < 0) {
        return at;
      }
      if (found - at < restOfSegment(at)) {
        return found;
      }
      if (length - at <= restOfSegment(at)) {
        return length;
      }
      // The segment is full to its end.
      at += restOfSegment(at);
    }
    return offset < length ? length : -1;
  }

  /// Seeks within one segment.
  ///
  /// @return an offset of the whole file, or -1 if nothing is found or the segment ends before
  private long seekIn(int number, long offset, boolean hole) throws IOException {
    try (Segment segment = find(number)) {
      long found = segment == null ? -1 : segment.file.seek(localOffset(offset), hole);
      return found < 0 ? -1 : startOf(number) + found;
    }
  }

  @Override
  public long length() throws IOException {
    if (hasFar) {
      int[] numbers = far.numbers();
      for (int at = numbers.length - 1; at >= 0; at--) {
        try (Segment segment = find(numbers[at])) {
          // One that was only reserved is empty.
          long length = segment == null ? 0 : segment.file.length();
          if (length > 0) {
            return startOf(numbers[at]) + length;
          }
        }
      }
    }
    return first.length();
  }

  @Override
  public long allocatedBytes() throws IOException {
    long bytes = first.allocatedBytes();
    if (hasFar) {
      for (int number : far.numbers()) {
        try (Segment segment = find(number)) {
          bytes += segment == null ? 0 : segment.file.allocatedBytes();
        }
      }
    }
    return bytes;
  }

  @Override
  public long modifiedSeconds() throws IOException {
    long seconds = first.modifiedSeconds();
    if (hasFar) {
      for (int number : far.numbers()) {
        try (Segment segment = find(number)) {
          seconds = segment == null ? seconds : Math.max(seconds, segment.file.modifiedSeconds());
        }
      }
    }
    return seconds;
  }

  @Override
  public void sync(boolean dataOnly) throws IOException {
    first.sync(dataOnly);
    if (hasFar) {
      far.sync(dataOnly);
    }
  }

  @Override
  public void close() throws IOException {
    first.close();
  }

  /// A segment's file in use, given back by closing.
  private static final class Segment implements AutoCloseable {
    private final Disk.File file;
    private final boolean staysOpen;

    private Segment(int number, Disk.File file) {
      this.file = file;
      this.staysOpen = number == 0;
    }

    @Override
    public void close() throws IOException {
      if (!staysOpen) {
        file.close();
      }
    }
  }

  private @Nullable Segment find(int number) throws IOException {
    Disk.File file = number == 0 ? first : findFar(number);
    return file == null ? null : new Segment(number, file);
  }

  private Disk.@Nullable File findFar(int number) throws IOException {
    return hasFar ? far.find(number) : null;
  }

  private Segment findOrMake(int number) throws IOException {
    if (number == 0) {
      return new Segment(number, first);
    }
    Disk.File file = far.findOrMake(number);
    hasFar = true;
    return new Segment(number, file);
  }

  private static boolean isFirst(long offset, long length) {
    return offset < SEGMENT_BYTES && length <= SEGMENT_BYTES - offset;
  }

  private static int numberOf(long offset) {
    return (int) (offset >>> FarSegments.SEGMENT_BITS);
  }

  private static long startOf(int number) {
    return (long) number << FarSegments.SEGMENT_BITS;
  }

  private static long localOffset(long offset) {
    return offset & (SEGMENT_BYTES - 1);
  }

  /// From the offset to the end of its segment.
  private static long restOfSegment(long offset) {
    return SEGMENT_BYTES - localOffset(offset);
  }
}
