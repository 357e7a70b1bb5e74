// refused with: files come from the Disk port
package org.skep.sample;

import java.nio.file.Files;
import java.nio.file.Path;

final class ForbiddenFile {
  private ForbiddenFile() {}

  static boolean exists(Path path) {
    return Files.exists(path);
  }
}
