package org.skep.metadata.twin;

import java.util.List;
import org.skep.runtime.port.Disk;

/// A disk of which only the space is asked, and there is enough.
final class RoomyDisk implements Disk {
  @Override
  public String name() {
    return "roomy";
  }

  @Override
  public boolean exists(String path) {
    return false;
  }

  @Override
  public void createDirectories(String path) {}

  @Override
  public File open(String path, boolean create) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void rename(String from, String to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean delete(String path) {
    return false;
  }

  @Override
  public List<String> list(String directory) {
    return List.of();
  }

  @Override
  public void syncDirectory(String directory) {}

  @Override
  public void sync() {}

  @Override
  public Space space() {
    return new Space(1L << 40, 1L << 39, 0, 0);
  }

  @Override
  public long durability() {
    return 1;
  }
}
