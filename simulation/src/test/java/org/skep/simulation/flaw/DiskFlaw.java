package org.skep.simulation.flaw;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.skep.runtime.port.Disk;

/// A disk that hands everything on; flaws override what they spoil.
class DiskFlaw implements Disk {
  private static final String CHUNKS = "chunks/";
  private static final String MIRRORED = "mirrored/";
  private static final String ACTIVITY_LOG = "mirror/activity";

  private final Disk disk;

  DiskFlaw(Disk disk) {
    this.disk = disk;
  }

  @Override
  public String name() {
    return disk.name();
  }

  @Override
  public boolean exists(String path) throws IOException {
    return disk.exists(path);
  }

  @Override
  public void createDirectories(String path) throws IOException {
    disk.createDirectories(path);
  }

  @Override
  public File open(String path, boolean create) throws IOException {
    File file = disk.open(path, create);
    if (path.equals(ACTIVITY_LOG)) {
      return wrapActivityLog(file);
    }
    return path.startsWith(CHUNKS) || path.startsWith(MIRRORED) ? wrap(file) : file;
  }

  /// What becomes of a chunk file, mirrored or not.
  File wrap(File file) {
    return file;
  }

  File wrapActivityLog(File file) {
    return file;
  }

  @Override
  public void rename(String from, String to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public boolean delete(String path) throws IOException {
    return disk.delete(path);
  }

  @Override
  public List<String> list(String directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public void syncDirectory(String directory) throws IOException {
    disk.syncDirectory(directory);
  }

  @Override
  public void sync() throws IOException {
    disk.sync();
  }

  @Override
  public Space space() throws IOException {
    return disk.space();
  }

  @Override
  public long durability() {
    return disk.durability();
  }

  /// A file that hands everything on.
  static class FileFlaw implements File {
    private final File file;

    FileFlaw(File file) {
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long offset) throws IOException {
      return file.read(into, offset);
    }

    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
      file.write(from, offset);
    }

    @Override
    public void truncate(long length) throws IOException {
      file.truncate(length);
    }

    @Override
    public void punch(long offset, long length) throws IOException {
      file.punch(offset, length);
    }

    @Override
    public void allocate(long offset, long length, boolean keepSize) throws IOException {
      file.allocate(offset, length, keepSize);
    }

    @Override
    public void zero(long offset, long length) throws IOException {
      file.zero(offset, length);
    }

    @Override
    public long seek(long offset, boolean hole) throws IOException {
      return file.seek(offset, hole);
    }

    @Override
    public long length() throws IOException {
      return file.length();
    }

    @Override
    public long allocatedBytes() throws IOException {
      return file.allocatedBytes();
    }

    @Override
    public long modifiedSeconds() throws IOException {
      return file.modifiedSeconds();
    }

    @Override
    public void sync(boolean dataOnly) throws IOException {
      file.sync(dataOnly);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
