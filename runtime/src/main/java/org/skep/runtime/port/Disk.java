package org.skep.runtime.port;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/// A local file system below one root directory. Paths are relative to the root, with `/`, without
/// `.` and `..`. Any thread may call it.
///
/// What is not synced may be lost in a crash of the host: contents until [File#sync], names until
/// [#syncDirectory]. Failures are [DiskException]s with an errno.
public interface Disk {

  /// The root, for messages.
  String name();

  boolean exists(String path) throws IOException;

  /// Makes the directory and missing parents. No error if it is there.
  void createDirectories(String path) throws IOException;

  /// Lets only the owner of the root directory use it, and with it everything below. Nothing to be
  /// done on a disk without permissions.
  ///
  /// @return whether others could use it before
  /// @throws DiskException EPERM if the directory belongs to another user
  default boolean restrict() throws IOException {
    return false;
  }

  /// Opens a file for reading and writing.
  ///
  /// @throws DiskException ENOENT if it is missing and not to be made
  File open(String path, boolean create) throws IOException;

  /// Renames, replacing what is there.
  void rename(String from, String to) throws IOException;

  /// Removes a file or an empty directory.
  ///
  /// @return false if it was not there
  boolean delete(String path) throws IOException;

  /// The names in a directory, sorted; empty if the directory is missing.
  List<String> list(String directory) throws IOException;

  /// Makes the directory's names durable.
  void syncDirectory(String directory) throws IOException;

  /// Makes everything durable that is on the disk now, contents and names: syncfs(2) of the root's
  /// file system, whoever else uses it.
  void sync() throws IOException;

  Space space() throws IOException;

  /// Identifies the present life of the host's page cache; as long as it is the same, nothing that
  /// was written was lost.
  long durability();

  /// @param totalInodes 0 where the file system has no such number
  record Space(long totalBytes, long freeBytes, long totalInodes, long freeInodes) {}

  /// An open file. Reads and writes of several threads at once are allowed.
  interface File extends Closeable {

    /// Reads at `offset` into the buffer, from its position on.
    ///
    /// @return how many bytes, less than asked only at the end of the file; 0 at or beyond the end
    int read(ByteBuffer into, long offset) throws IOException;

    /// Writes all bytes of the buffer at `offset`.
    void write(ByteBuffer from, long offset) throws IOException;

    void truncate(long length) throws IOException;

    /// Frees the range, which reads as zeros; the length stays.
    void punch(long offset, long length) throws IOException;

    /// Reserves space for the range; without `keepSize` the file grows to its end.
    void allocate(long offset, long length, boolean keepSize) throws IOException;

    /// Makes the range zeros, keeping it reserved; the length stays.
    void zero(long offset, long length) throws IOException;

    /// The first offset from `offset` on that has data (a hole, if `hole`), or -1 if there is none
    /// before the end. The end of the file is a hole.
    long seek(long offset, boolean hole) throws IOException;

    long length() throws IOException;

    long allocatedBytes() throws IOException;

    /// When the content or the length was changed last: seconds since 1970 by the host's clock,
    /// which can jump; a change by less than a tick of the kernel (10 ms) later may show the time
    /// of the tick.
    long modifiedSeconds() throws IOException;

    /// Makes the content durable.
    void sync(boolean dataOnly) throws IOException;

    @Override
    void close() throws IOException;
  }
}
