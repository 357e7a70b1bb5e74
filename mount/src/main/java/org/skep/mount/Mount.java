package org.skep.mount;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.skep.client.FileSystem;
import org.skep.fuse.Capability;
import org.skep.fuse.FuseOptions;
import org.skep.fuse.session.FuseSession;
import org.skep.fuse.session.MountException;
import org.skep.fuse.session.MountOptions;
import org.skep.linux.Processes;
import org.skep.runtime.port.Ports;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file system of the cluster at a directory of this host. Any thread.
public final class Mount {
  private static final Logger LOG = LoggerFactory.getLogger(Mount.class);

  /// Descriptors of /dev/fuse, each with a thread: requests of that many processes are served
  /// without a hand-over.
  private static final int READERS = 4;

  private final FuseSession session;
  private final Invalidations invalidations;

  private Mount(FuseSession session, Invalidations invalidations) {
    this.session = session;
    this.invalidations = invalidations;
  }

  /// Mounts; it is usable on return. `files` stays the caller's, who closes it after [#await].
  ///
  /// @throws MountException one line that says what is wrong and what to do
  public static Mount start(
      Ports ports, FileSystem files, Path mountPoint, MountOptions options, MountSettings settings)
      throws MountException {
    Nodes nodes = new Nodes(files, settings);
    Callers callers = new Callers(Processes::supplementaryGroups);
    Invalidations invalidations = new Invalidations(ports);
    OpenDirectories directories = new OpenDirectories();
    FileCalls open = new FileCalls(files, nodes, callers, invalidations);
    MountOperations operations =
        new MountOperations(
            files,
            nodes,
            new NameCalls(files, nodes, callers, directories),
            new AttributeCalls(files, nodes, callers, open.openNodes(), directories),
            open,
            new DirectoryCalls(files, nodes, directories),
            new LockCalls(files, ports.threads()));
    try {
      FuseSession session =
          FuseSession.mount(
              mountPoint,
              options,
              fuseOptions(settings),
              READERS,
              operations,
              ports.threads()::start,
              Mount::failed);
      invalidations.attach(session.notifier());
      return new Mount(session, invalidations);
    } catch (MountException e) {
      invalidations.stop();
      throw e;
    }
  }

  /// Attributes that come with a directory's entries are worth their price only where the kernel
  /// may trust them for a while.
  private static FuseOptions fuseOptions(MountSettings settings) {
    FuseOptions defaults = FuseOptions.defaults();
    if (settings.entryValidNanos() > 0) {
      return defaults;
    }
    Set<Capability> wanted = EnumSet.copyOf(defaults.capabilities());
    wanted.remove(Capability.DO_READDIRPLUS);
    wanted.remove(Capability.READDIRPLUS_AUTO);
    return defaults.withCapabilities(wanted);
  }

  private static void failed(Throwable cause) {
    LOG.atError().setCause(cause).log("a request of the kernel failed; it was answered with EIO");
  }

  public Path mountPoint() {
    return session.mountPoint();
  }

  /// Waits until it is unmounted, by whomever.
  public void await() throws InterruptedException {
    session.await();
    invalidations.stop();
  }

  /// Unmounts if nobody uses it.
  ///
  /// @return false if somebody does
  public boolean unmount() throws MountException {
    return session.unmount();
  }

  /// Takes the mount out of sight though it is in use.
  public void detach() throws MountException {
    session.detach();
  }

  /// As [#await], for `timeoutMillis` at most.
  ///
  /// @return false if it lives on
  public boolean await(long timeoutMillis) throws InterruptedException {
    boolean ended = session.await(timeoutMillis);
    if (ended) {
      invalidations.stop();
    }
    return ended;
  }

  /// Ends it at once: calls under way and open files fail with ENOTCONN. Operations under way go on
  /// until they end by themselves ([#await]).
  public void abort() throws MountException {
    try {
      session.abortConnection();
    } finally {
      invalidations.stop();
    }
  }
}
