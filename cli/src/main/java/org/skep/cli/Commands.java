package org.skep.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.skep.cli.ctl.CheckServers;
import org.skep.cli.ctl.Ctl;
import org.skep.cli.ctl.DiskFree;
import org.skep.cli.ctl.ShortForms;
import org.skep.cli.daemon.DaemonCommand;
import org.skep.cli.daemon.ManagementDaemon;
import org.skep.cli.daemon.MetadataDaemon;
import org.skep.cli.daemon.MountDaemon;
import org.skep.cli.daemon.StorageDaemon;
import org.skep.cli.fsck.FsckCommand;
import org.skep.cli.up.Down;
import org.skep.cli.up.Up;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// All commands of `skep`. A new one is a class of its own, with a line here.
///
/// The model of a command takes milliseconds to build, so only the one that is called is built,
/// where that can be told.
final class Commands {
  private static final Map<String, Function<List<String>, CommandSpec>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("up", _ -> CommandSpec.forAnnotatedObject(new Up()));
    ALL.put("down", _ -> CommandSpec.forAnnotatedObject(new Down()));
    ALL.put("ctl", Ctl::specFor);
    ALL.put("target", _ -> ShortForms.target());
    ALL.put("mirror", _ -> ShortForms.mirror());
    ALL.put("node", _ -> ShortForms.node());
    ALL.put("entry", _ -> ShortForms.entry());
    ALL.put("fsck", _ -> CommandSpec.forAnnotatedObject(new FsckCommand()));
    ALL.put("check-servers", _ -> CommandSpec.forAnnotatedObject(new CheckServers()));
    ALL.put("df", _ -> CommandSpec.forAnnotatedObject(new DiskFree()));
    ALL.put("mount", _ -> DaemonCommand.specOf(new MountDaemon()));
    ALL.put("mgmtd", _ -> DaemonCommand.specOf(new ManagementDaemon()));
    ALL.put("meta", _ -> DaemonCommand.specOf(new MetadataDaemon()));
    ALL.put("storage", _ -> DaemonCommand.specOf(new StorageDaemon()));
    ALL.put("completion", _ -> CommandSpec.forAnnotatedObject(new Completion()));
  }

  private Commands() {}

  /// Adds what is needed to run these arguments: the command they name, or else all.
  static void addTo(CommandLine root, List<String> arguments) {
    String first = arguments.isEmpty() ? "" : arguments.getFirst();
    boolean whole = !ALL.containsKey(first) || first.equals("completion");
    ALL.forEach((name, spec) -> {
      if (whole || name.equals(first)) {
        root.addSubcommand(name, spec.apply(arguments));
      }
    });
  }
}
