package org.skep.runtime.real;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.skep.runtime.port.Disk;
import org.skep.runtime.twin.DiskContract;

/// On a file system that can't reserve or free ranges the contract holds but for the space.
class LocalDiskWithoutFallocateTest extends DiskContract {
  @TempDir private Path directory;
  private LocalDisk disk;

  @BeforeEach
  void open() throws IOException {
    disk = new LocalDisk(directory, false);
  }

  @Override
  protected Disk disk() {
    return disk;
  }

  @Override
  protected boolean rangesAreSupported() {
    return false;
  }
}
