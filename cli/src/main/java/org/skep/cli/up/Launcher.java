package org.skep.cli.up;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/// How to start `skep` once more, in a session of its own: a Ctrl-C at the terminal is then not
/// sent to it, and it lives on when the terminal goes.
final class Launcher {
  private Launcher() {}

  static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("setsid"));
    String launcher = System.getProperty("skep.launcher", "");
    if (!launcher.isEmpty() && new File(launcher).canExecute()) {
      command.add(launcher);
    } else {
      // From a development environment, without a distribution.
      command.add(System.getProperty("java.home") + "/bin/java");
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add("org.skep.cli.Skep");
    }
    command.addAll(arguments);
    return command;
  }
}
