package org.skep.storage.chunk;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;

/// Owns the chunk files of one target, or those of its buddy group. Any thread may call it; calls
/// on one chunk file are ordered by the disk only: who needs an order between overlapping calls
/// waits for the answer of one before making the next.
///
/// A chunk file is made by its first write or reservation. A missing one is an empty one, as long
/// as `marker` is in the directory; without it the directory is not (any more) the target's, and
/// every call that would rely on a missing file fails with EIO.
///
/// A chunk file reaches from 0 to 8 EiB - 1 on any local file system: see [SegmentedFile].
///
/// A removal and a write of the same chunk at the same time leave either no file or one with the
/// write. That is harmless: inode ids are never used again, the metadata server removes chunks of
/// an inode only when nobody has it open, and the sweep removes what a late write of a lost client
/// made again.
public final class ChunkStore {
  /// How many files to keep open when the process has no more descriptors.
  private static final int ENTRIES_LEFT_IN_NEED_DIVISOR = 2;

  /// The root of what belongs to the target alone.
  public static final String CHUNKS = "chunks";

  /// The root of what belongs to the target's buddy group.
  public static final String MIRRORED = "mirrored";

  private final Disk disk;
  private final String root;
  private final String marker;
  private final DescriptorCache descriptors;
  private final DirectorySyncs directories;

  /// @param root the directory below which the chunk files stand, [#CHUNKS] or [#MIRRORED]
  /// @param marker a file that is in the target's directory as long as it is the target's
  /// @param descriptorsMax how many chunk files are kept open
  public ChunkStore(Disk disk, String root, String marker, int descriptorsMax) {
    this.disk = disk;
    this.root = root;
    this.marker = marker;
    this.descriptors = new DescriptorCache(descriptorsMax);
    this.directories = new DirectorySyncs(disk);
  }

  /// What is done with an open chunk file.
  private interface Use<T> {
    T with(Disk.File file) throws IOException;
  }

  /// Writes all bytes of the buffer. A failure may leave a part written. No bytes: no effect.
  public ChunkStatus write(ChunkKey key, ByteBuffer from, long offset) throws IOException {
    if (!from.hasRemaining()) {
      return status(key);
    }
    long durability = disk.durability();
    try (DescriptorCache.Entry entry = findOrMake(key)) {
      entry.file().write(from, offset);
      return status(entry.file(), durability);
    }
  }

  /// Reads into the buffer, less than fits only at the end of the file.
  ///
  /// @return the length of the chunk file
  public long read(ChunkKey key, ByteBuffer into, long offset) throws IOException {
    return use(
        key,
        0L,
        file -> {
          file.read(into, offset);
          return file.length();
        });
  }

  /// Cuts the file to at most `length`. A shorter one stays as it is, since what is missing reads
  /// as zeros. A cut is on the disk when this returns: a crash of the host brings nothing back.
  ///
  /// @param durable also one that was made by an earlier call and perhaps not synced, as its
  ///   process died
  public ChunkStatus truncate(ChunkKey key, long length, boolean durable) throws IOException {
    return change(
        key,
        file -> {
          long before = file.length();
          if (before > length) {
            file.truncate(length);
          }
          if (before > length || (durable && before == length)) {
            file.sync(false);
          }
        });
  }

  /// Makes the file exactly so long, and makes it if it is missing. What is added reads as zeros.
  public ChunkStatus setLength(ChunkKey key, long length) throws IOException {
    long durability = disk.durability();
    if (!isOnDisk(key)) {
      descriptors.forget(key);
    }
    try (DescriptorCache.Entry entry = findOrMake(key)) {
      if (entry.file().length() != length) {
        entry.file().truncate(length);
      }
      return status(entry.file(), durability);
    }
  }

  /// Frees the range; the length stays.
  public ChunkStatus punch(ChunkKey key, long offset, long length) throws IOException {
    return change(key, file -> file.punch(offset, length));
  }

  /// Makes the range zeros and keeps its space reserved; the length stays.
  public ChunkStatus zero(ChunkKey key, long offset, long length) throws IOException {
    return change(key, file -> file.zero(offset, length));
  }

  /// Reserves space; without `keepSize` the file grows to the end of the range.
  public ChunkStatus allocate(ChunkKey key, long offset, long length, boolean keepSize)
      throws IOException {
    if (length == 0) {
      return status(key);
    }
    long durability = disk.durability();
    try (DescriptorCache.Entry entry = findOrMake(key)) {
      entry.file().allocate(offset, length, keepSize);
      return status(entry.file(), durability);
    }
  }

  /// Makes the content and the name of the chunk file durable.
  ///
  /// @param durabilitySeen of the oldest write that must be durable now, 0 if there is none
  /// @throws DiskException EIO if that write may be lost
  public ChunkStatus sync(ChunkKey key, long durabilitySeen, boolean dataOnly) throws IOException {
    long durability = disk.durability();
    checkNothingLost(key, durabilitySeen);
    // An open file can be synced in a directory that is gone.
    checkPresent();
    try (DescriptorCache.Entry entry = find(key)) {
      if (entry == null) {
        if (durabilitySeen != 0) {
          throw failure("fsync", key, "the chunk file is gone");
        }
        return new ChunkStatus(0, 0, durability);
      }
      entry.file().sync(dataOnly);
      directories.sync(key.directory(root));
      directories.sync(key.upperDirectory(root));
      directories.sync(root);
      directories.sync("");
      // Again: another's failed sync may have taken our data with it.
      checkNothingLost(key, durabilitySeen);
      return status(entry.file(), durability);
    }
  }

  private void checkNothingLost(ChunkKey key, long durabilitySeen) throws DiskException {
    if (durabilitySeen != 0 && durabilitySeen != disk.durability()) {
      throw failure("fsync", key, "what was written before may be lost");
    }
  }

  public ChunkStatus status(ChunkKey key) throws IOException {
    return change(key, file -> {});
  }

  /// The first offset from `offset` on that has data (or is a hole), -1 if there is none.
  public long seek(ChunkKey key, long offset, boolean hole) throws IOException {
    return use(key, -1L, file -> file.seek(offset, hole));
  }

  /// Whether there is a chunk file, be it empty.
  public boolean exists(ChunkKey key) throws IOException {
    return use(key, false, file -> true);
  }

  /// Whether the chunk file has its name on the disk. One that was removed by somebody else can be
  /// open here, and seem to be there, until this process ends.
  public boolean isOnDisk(ChunkKey key) throws IOException {
    if (disk.exists(key.path(root)) || far(key).exist()) {
      return true;
    }
    checkPresent();
    return false;
  }

  /// When the chunk file was changed last, in seconds since 1970; null if there is none.
  public @Nullable Long modifiedSeconds(ChunkKey key) throws IOException {
    try (DescriptorCache.Entry entry = find(key)) {
      return entry == null ? null : entry.file().modifiedSeconds();
    }
  }

  /// Checksums of the blocks from `offset` on, to compare them with another target's.
  ///
  /// @param offset a multiple of [BlockSums#BLOCK_BYTES]
  /// @param blocksMax how many blocks; 0: only where data is, and whether it is on the disk
  /// @param memory scratch for so many blocks
  public BlockSums sums(ChunkKey key, long offset, int blocksMax, ByteBuffer memory)
      throws IOException {
    if (blocksMax == 0 && !isOnDisk(key)) {
      return BlockSums.MISSING;
    }
    return use(key, BlockSums.MISSING, file -> BlockSums.of(file, offset, blocksMax, memory));
  }

  /// Removes the chunk file, if it is there.
  public void remove(ChunkKey key) throws IOException {
    boolean foundFar = far(key).removeAll();
    boolean found = disk.delete(key.path(root)) || foundFar;
    descriptors.forget(key);
    if (!found) {
      checkPresent();
    }
  }

  /// Up to `countMax` chunk files after the cursor.
  public ChunkListing list(ChunkListing.Cursor cursor, int countMax) throws IOException {
    checkPresent();
    return ChunkListing.after(disk, root, cursor, countMax);
  }

  /// Makes everything durable that is on the disk now, whoever wrote it.
  public void syncAll() throws IOException {
    checkPresent();
    disk.sync();
  }

  /// See [Disk#durability].
  public long durability() {
    return disk.durability();
  }

  public Disk.Space space() throws IOException {
    return disk.space();
  }

  /// Makes sure that the directory is still the target's.
  ///
  /// @throws DiskException EIO if not
  public void checkPresent() throws IOException {
    if (!disk.exists(marker)) {
      throw new DiskException(
          Errno.EIO.number(),
          disk.name() + " has no file " + marker + " any more: it was removed, or is not mounted");
    }
  }

  /// Closes all files. Requests that are still running keep theirs until they end.
  public void close() {
    descriptors.shrink(0);
  }

  int openFiles() {
    return descriptors.size();
  }

  private interface Change {
    void apply(Disk.File file) throws IOException;
  }

  private ChunkStatus change(ChunkKey key, Change change) throws IOException {
    long durability = disk.durability();
    return use(
        key,
        new ChunkStatus(0, 0, durability),
        file -> {
          change.apply(file);
          return status(file, durability);
        });
  }

  private <T> T use(ChunkKey key, T ifMissing, Use<T> use) throws IOException {
    try (DescriptorCache.Entry entry = find(key)) {
      return entry == null ? ifMissing : use.with(entry.file());
    }
  }

  private static ChunkStatus status(Disk.File file, long durability) throws IOException {
    return new ChunkStatus(file.length(), file.allocatedBytes(), durability);
  }

  private DescriptorCache.@Nullable Entry find(ChunkKey key) throws IOException {
    return descriptors.acquire(key, this::openExisting);
  }

  private DescriptorCache.Entry findOrMake(ChunkKey key) throws IOException {
    DescriptorCache.Entry entry = descriptors.acquire(key, this::openOrMake);
    if (entry == null) {
      throw new IllegalStateException("chunk file " + key + " was neither found nor made");
    }
    return entry;
  }

  private Disk.@Nullable File openExisting(ChunkKey key) throws IOException {
    FarSegments far = far(key);
    boolean hasFar = far.exist();
    Disk.File first = open(key.path(root), false);
    if (first == null && hasFar) {
      // A crash of the host lost its name.
      first = directories.making(key.directory(root), () -> make(key));
    }
    if (first == null) {
      checkPresent();
      return null;
    }
    return new SegmentedFile(first, far, hasFar);
  }

  /// Whoever opens the chunk file from the making of the folder on looks for it.
  private FarSegments far(ChunkKey key) {
    return new FarSegments(disk, directories, this::open, root, key, () -> descriptors.forget(key));
  }

  private Disk.File openOrMake(ChunkKey key) throws IOException {
    Disk.File file = openExisting(key);
    if (file != null) {
      return file;
    }
    Disk.File first = directories.making(key.directory(root), () -> make(key));
    // If another thread makes both it and far segments now, the cache opens it again.
    return new SegmentedFile(first, far(key), false);
  }

  private Disk.File make(ChunkKey key) throws IOException {
    Disk.File file = open(key.path(root), true);
    if (file == null) {
      directories.making(
          "",
          () ->
              directories.making(
                  root,
                  () ->
                      directories.making(
                          key.upperDirectory(root),
                          () -> {
                            disk.createDirectories(key.directory(root));
                            return true;
                          })));
      file = open(key.path(root), true);
    }
    if (file == null) {
      throw failure("open", key, "its directory vanished");
    }
    return file;
  }

  /// @return null if the file (or, to make it, its directory) is missing
  private Disk.@Nullable File open(String path, boolean create) throws IOException {
    try {
      return tryOpen(path, create);
    } catch (DiskException e) {
      if (e.errno() != Errno.EMFILE.number() && e.errno() != Errno.ENFILE.number()) {
        throw e;
      }
      descriptors.shrink(descriptors.size() / ENTRIES_LEFT_IN_NEED_DIVISOR);
      return tryOpen(path, create);
    }
  }

  private Disk.@Nullable File tryOpen(String path, boolean create) throws IOException {
    try {
      return disk.open(path, create);
    } catch (DiskException e) {
      if (e.errno() == Errno.ENOENT.number()) {
        return null;
      }
      throw e;
    }
  }

  private DiskException failure(String call, ChunkKey key, String why) {
    return new DiskException(Errno.EIO.number(), call + " " + key.path(root) + ": " + why);
  }
}
