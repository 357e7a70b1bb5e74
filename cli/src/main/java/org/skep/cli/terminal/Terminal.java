package org.skep.cli.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether somebody looks. (`System.console()` tells of input and output together only, and takes
/// long to load.)
public final class Terminal {
  private Terminal() {}

  /// Whether standard output is a terminal.
  public static boolean isOutput() {
    return isTerminal(1);
  }

  /// Whether standard error is a terminal.
  public static boolean isError() {
    return isTerminal(2);
  }

  private static boolean isTerminal(int descriptor) {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return file.startsWith("/dev/pts/")
          || file.startsWith("/dev/tty")
          || file.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }
}
