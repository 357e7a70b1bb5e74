package org.skep.management.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.skep.runtime.port.Disk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Cuts off the record that a crash left half written at the end of Ratis' open log segment, which
/// Ratis itself refuses to read. Such a record was never answered, since an answer waits for the
/// sync. Damage with sound records behind it is no torn tail but a broken disk: refused.
///
/// ```
/// segment: "RaftLog1" | record | record | ... | zeros
/// record:  length varint | LogEntryProto of that length | CRC32C of both, big-endian u32
/// ```
final class TornTail {
  private static final Logger LOGGER = LoggerFactory.getLogger(TornTail.class);
  private static final String OPEN_SEGMENT_PREFIX = "log_inprogress_";
  private static final int HEADER_BYTES = 8;
  private static final int VARINT_BYTES_MAX = 5;

  /// The shortest entry has a term and an index.
  private static final int ENTRY_BYTES_MIN = 4;

  private final Disk disk;
  private final int segmentBytesMax;

  /// @param segmentBytesMax a longer segment is not ours
  TornTail(Disk disk, int segmentBytesMax) {
    this.disk = disk;
    this.segmentBytesMax = segmentBytesMax;
  }

  /// Repairs the open segments in the directory.
  ///
  /// @throws IOException naming the file, if it is damaged before its end
  void cut(String directory) throws IOException {
    for (String name : disk.list(directory)) {
      if (name.startsWith(OPEN_SEGMENT_PREFIX)) {
        cutFile(directory + "/" + name);
      }
    }
  }

  private void cutFile(String path) throws IOException {
    try (Disk.File file = disk.open(path, false)) {
      if (file.length() > segmentBytesMax) {
        throw new IOException(disk.name() + "/" + path + " has " + file.length() + " bytes");
      }
      ByteBuffer content = ByteBuffer.allocate((int) file.length());
      file.read(content, 0);
      content.flip();
      int end = soundEnd(content);
      if (end == content.limit() || isZero(content, end)) {
        return;
      }
      for (int at = end + 1; at < content.limit(); at++) {
        if (recordBytes(content, at) > 0) {
          throw new IOException(
              disk.name()
                  + "/"
                  + path
                  + " is damaged at byte "
                  + end
                  + ", with sound records from byte "
                  + at
                  + " on: restore management's directory from a backup");
        }
      }
      file.truncate(end);
      file.sync(false);
      LOGGER
          .atWarn()
          .addKeyValue("file", path)
          .addKeyValue("bytes", content.limit() - end)
          .log("cut off a record that a crash left half written and that was never answered");
    }
  }

  /// Where the sound records end.
  private static int soundEnd(ByteBuffer content) {
    int at = Math.min(HEADER_BYTES, content.limit());
    for (int bytes = recordBytes(content, at); bytes > 0; bytes = recordBytes(content, at)) {
      at += bytes;
    }
    return at;
  }

  private static boolean isZero(ByteBuffer content, int from) {
    for (int i = from; i < content.limit(); i++) {
      if (content.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /// How long the sound record at this place is, or 0 if there is none.
  private static int recordBytes(ByteBuffer content, int at) {
    long length = 0;
    int varintBytes = 0;
    byte next;
    do {
      if (varintBytes == VARINT_BYTES_MAX || at + varintBytes >= content.limit()) {
        return 0;
      }
      next = content.get(at + varintBytes);
      length |= (next & 0x7FL) << (7 * varintBytes);
      varintBytes++;
    } while (next < 0);
    long crcAt = at + varintBytes + length;
    if (length < ENTRY_BYTES_MIN || crcAt + Integer.BYTES > content.limit()) {
      return 0;
    }
    CRC32C crc = new CRC32C();
    crc.update(content.slice(at, (int) crcAt - at));
    return content.getInt((int) crcAt) == (int) crc.getValue()
        ? (int) crcAt - at + Integer.BYTES
        : 0;
  }
}
