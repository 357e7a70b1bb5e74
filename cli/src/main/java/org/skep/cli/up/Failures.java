package org.skep.cli.up;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.skep.cli.outcome.CommandFailure;

/// Does all of several things though some fail: at the end the first failure is thrown, whose
/// message goes on with those of the others.
final class Failures {
  private final List<CommandFailure> all = new ArrayList<>();

  void attempt(Runnable part) {
    try {
      part.run();
    } catch (CommandFailure e) {
      add(e);
    }
  }

  void add(CommandFailure failure) {
    all.add(failure);
  }

  void rethrow() {
    if (all.isEmpty()) {
      return;
    }
    String text =
        all.stream()
            .map(CommandFailure::getMessage)
            .map(String::valueOf)
            .distinct()
            .collect(Collectors.joining("; "));
    CommandFailure failure = new CommandFailure(text, all.getFirst().exitCode());
    all.forEach(failure::addSuppressed);
    throw failure;
  }
}
