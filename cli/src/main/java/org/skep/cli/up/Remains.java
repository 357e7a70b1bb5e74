package org.skep.cli.up;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.skep.cli.locate.ProcessIdentity;
import org.skep.cli.locate.UpState;
import org.skep.cli.outcome.CommandFailure;

/// What runs of the `skep up` of a directory, or is left of it: found by up.toml, by the lock, by
/// the daemons' pid files and by the mount table, as each of them can be missing.
final class Remains {
  private final Path root;
  private final Optional<UpState> state;
  private final Optional<ProcessIdentity> up;

  /// @param owner the process that has the directory's lock
  Remains(Path root, Optional<ProcessIdentity> owner) {
    this.root = root;
    state = UpState.read(root);
    up = owner.or(() -> state.map(UpState::process));
  }

  /// Stops what runs and clears away what is left; goes on with the rest where one part fails.
  ///
  /// @return what was done, for people; empty if there was nothing
  /// @throws CommandFailure what failed, or was lost; up.toml stays as long as something runs
  Optional<String> clear() {
    boolean ran = up.filter(ProcessIdentity::alive).isPresent();
    Failures failures = new Failures();
    if (!ran) {
      // Of an older stop, which was told to somebody else.
      Optional<String> _ = StopFailure.take(root);
    }
    up.ifPresent(process -> failures.attempt(() -> Stopping.stop(process, Stopping.UP)));
    StopFailure.take(root).map(CommandFailure::new).ifPresent(failures::add);
    Map<String, ProcessIdentity> left = daemons();
    left.forEach((name, process) -> failures.attempt(() -> Stopping.stop(root, process, name)));
    List<Path> stale = StaleMount.of(root, state.map(UpState::mountPoint));
    stale.forEach(mountPoint -> failures.attempt(() -> StaleMount.remove(mountPoint)));
    if (daemons().isEmpty() && up.filter(ProcessIdentity::alive).isEmpty()) {
      removeState();
    }
    failures.rethrow();
    return text(ran, left.size(), stale);
  }

  private Optional<String> text(boolean ran, int left, List<Path> stale) {
    if (ran) {
      return Optional.of("stopped the cluster in " + root);
    }
    if (state.isEmpty() && left == 0 && stale.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder("the cluster in " + root + " had been killed");
    if (left > 0) {
      text.append("; stopped ").append(left).append(" daemons it had left");
    }
    stale.forEach(mountPoint -> text.append("; unmounted its stale mount ").append(mountPoint));
    return Optional.of(text.toString());
  }

  private void removeState() {
    try {
      UpState.remove(root);
    } catch (IOException e) {
      throw new CommandFailure("cannot remove " + root.resolve(UpState.FILE) + ": " + e);
    }
  }

  /// The daemons that run, in the order in which they are to be stopped: those of up.toml are the
  /// mount, the servers and management; those that were started again have pid files only.
  private Map<String, ProcessIdentity> daemons() {
    Map<String, ProcessIdentity> filed = Restarted.named(root);
    List<ProcessIdentity> started = state.map(UpState::daemons).orElse(List.of());
    Map<String, ProcessIdentity> all = new LinkedHashMap<>();
    for (int index = 0; index < started.size(); index++) {
      ProcessIdentity process = started.get(index);
      if (process.alive() && !filed.containsValue(process)) {
        all.put(index == 0 ? "mount" : "daemon " + index, process);
      }
    }
    // A mount that was started again would be stopped after servers that have no file yet.
    ProcessIdentity mount = filed.get("mount");
    if (mount != null && !all.containsKey("mount")) {
      Map<String, ProcessIdentity> sorted = new LinkedHashMap<>();
      sorted.put("mount", mount);
      sorted.putAll(all);
      all = sorted;
    }
    for (Map.Entry<String, ProcessIdentity> each : filed.entrySet()) {
      if (!all.containsValue(each.getValue())) {
        all.put(
            all.containsKey(each.getKey()) ? each.getKey() + " again" : each.getKey(),
            each.getValue());
      }
    }
    return all;
  }
}
