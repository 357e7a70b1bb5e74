package org.skep.cli.ctl;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.skep.cli.locate.ClusterLocation;
import org.skep.cli.locate.ClusterSearch;
import org.skep.cli.locate.MountTable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.terminal.Progress;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.system.ClusterClient;
import org.skep.linux.Errno;
import org.skep.runtime.port.Ports;
import org.skep.runtime.real.RealPorts;
import org.skep.wire.message.Attributes;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// A command about one file or directory, named by its path on a mount of this host, or with
/// `--unmounted` by its path from the cluster's root.
abstract class EntryCommand extends ClusterCommand {
  @Parameters(paramLabel = "PATH", description = "A path on a mount of this host.")
  private Path path;

  @Option(
      names = "--unmounted",
      description = "PATH is the path from the root of the file system; no mount is needed.")
  private boolean unmounted;

  @SuppressWarnings("NullAway.Init") // picocli sets the path before it runs the command
  EntryCommand() {}

  /// Does the work with the file system.
  ///
  /// @param fromRoot the path from the cluster's root; empty: the root itself
  abstract void run(ClusterClient client, Path fromRoot) throws ErrnoException;

  @Override
  public final Integer call() {
    Path fromRoot = fromRoot();
    ClusterLocation location = locate(unmounted ? Optional.empty() : Optional.of(path));
    Ports ports = RealPorts.create();
    ClusterClient.Settings settings =
        new ClusterClient.Settings(
            location.management(),
            location.secret(),
            "",
            timeoutNanos(),
            DataSettings.DEFAULT.withIoTimeoutNanos(timeoutNanos()));
    try (Progress _ = Progress.start("waiting for the cluster");
        ClusterClient client = ClusterClient.connect(ports, settings)) {
      run(client, fromRoot);
      return ExitCode.DONE;
    } catch (ErrnoException e) {
      Errno errno = Errno.of(e.errno());
      throw new CommandFailure(
          errno == Errno.EIO
              ? String.valueOf(e.getMessage())
              : path + ": " + errno.text() + " (" + e.getMessage() + ")");
    }
  }

  private Path fromRoot() {
    if (unmounted) {
      Path absolute = Path.of("/").resolve(path).normalize();
      return Path.of("/").relativize(absolute);
    }
    try {
      Path absolute = path.toAbsolutePath().normalize();
      MountTable.Entry mount =
          ClusterSearch.ofThisProcess()
              .mountOf(absolute)
              .orElseThrow(() ->
                  new CommandFailure(
                      absolute
                          + " is on no mount of Skep (with --unmounted a path from the root of the"
                          + " file system can be given)"));
      if (absolute.equals(mount.mountPoint())) {
        return Path.of("");
      }
      Path parent = absolute.getParent();
      Path real = parent == null ? absolute : parent.toRealPath().resolve(absolute.getFileName());
      return mount.mountPoint().relativize(real);
    } catch (IOException e) {
      throw new CommandFailure("cannot resolve " + path + ": " + e.getMessage());
    }
  }

  final Path path() {
    return path;
  }

  /// Walks from the root.
  static Attributes find(FileSystem files, Path fromRoot) throws ErrnoException {
    Attributes found = files.attributes(files.root());
    for (Path name : fromRoot) {
      if (!name.toString().isEmpty()) {
        found = files.lookup(found.getInode(), bytes(name));
      }
    }
    return found;
  }

  /// The directory that holds the entry.
  static Attributes findParent(FileSystem files, Path fromRoot) throws ErrnoException {
    Path parent = fromRoot.getParent();
    return find(files, parent == null ? Path.of("") : parent);
  }

  static ByteString bytes(Path name) {
    return ByteString.copyFrom(name.toString(), StandardCharsets.UTF_8);
  }
}
