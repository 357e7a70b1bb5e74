package org.skep.client;

import java.nio.ByteBuffer;
import org.skep.wire.message.Attributes;

/// One opening of a regular file. Any thread may call it. Buffers belong to the caller again when a
/// call returns.
///
/// An interrupt of the calling thread ends its waits with EINTR where nothing else depends on them.
/// It loses nothing: written data goes on to the servers, and a failure of it is told to a later
/// call.
public interface OpenFile {

  long inode();

  /// As they were when it was opened (and, after a create, whether it was made: [#created]).
  Attributes attributes();

  boolean created();

  /// Reads at `offset`, from the buffer's position on.
  ///
  /// @return how many bytes; fewer than there is room for only at the end of the file
  /// @throws ErrnoException EIO if the data can't be had
  int read(ByteBuffer into, long offset) throws ErrnoException;

  /// Takes the bytes of the buffer ([#take]), and brings them where the flags of the opening want
  /// them ([#settle]).
  ///
  /// @return where they went
  long write(ByteBuffer from, long offset, boolean append) throws ErrnoException;

  /// Takes all bytes of the buffer, whose position moves on; they may still be in this client's
  /// memory when it returns. An interrupt of the thread while there is no room for them ends the
  /// wait, with the first bytes taken or with EINTR and none; bytes that are appended are all taken
  /// once they have their place.
  ///
  /// @param append they go to the end of the file, atomically in the whole cluster, and `offset`
  ///   means nothing
  /// @return where they went
  /// @throws ErrnoException EFBIG, ENOSPC, EIO (also of an earlier write-behind)
  long take(ByteBuffer from, long offset, boolean append) throws ErrnoException;

  /// Waits until the range is where the opening's flags want it: at the servers with O_DIRECT, on
  /// their disks with O_DSYNC and O_SYNC; not at all without.
  ///
  /// @throws ErrnoException EINTR if interrupted (the data goes on to the servers), or how it
  ///   failed
  void settle(long offset, long length) throws ErrnoException;

  /// Writes out all that is held, makes the size known; what close(2) does.
  ///
  /// @throws ErrnoException the first error since the last report to this opening
  void flush() throws ErrnoException;

  /// [#flush], and everything is on the disks.
  void sync(boolean dataOnly) throws ErrnoException;

  /// fallocate(2): mode 0, FALLOC_FL_KEEP_SIZE, PUNCH_HOLE|KEEP_SIZE, ZERO_RANGE,
  /// ZERO_RANGE|KEEP_SIZE; else EOPNOTSUPP.
  void allocate(int mode, long offset, long length) throws ErrnoException;

  /// lseek(2) with SEEK_DATA (`hole` false) or SEEK_HOLE.
  ///
  /// @throws ErrnoException ENXIO beyond the end, or no data from there on
  long seek(long offset, boolean hole) throws ErrnoException;

  /// Copies like copy_file_range(2), which sees to overlaps before.
  ///
  /// @return how many bytes; 0 at the end of this file
  long copyRange(long offset, OpenFile to, long toOffset, long length) throws ErrnoException;

  /// Ends the opening: [#flush], then it is no longer counted as open. An error of the flush is
  /// thrown after that.
  void close() throws ErrnoException;
}
