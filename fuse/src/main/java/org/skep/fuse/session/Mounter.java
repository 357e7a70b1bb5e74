package org.skep.fuse.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.skep.linux.ChildProcess;
import org.skep.linux.Descriptors;
import org.skep.linux.Errno;
import org.skep.linux.FileStatus;
import org.skep.linux.Mounts;
import org.skep.linux.OpenFlags;
import org.skep.linux.Processes;
import org.skep.linux.SocketData;
import org.skep.linux.Sockets;
import org.skep.linux.SystemCallException;

/// Makes and ends the mount, by mount(2) or by `fusermount3`, and says in one line what is wrong
/// when it can't.
final class Mounter {
  private static final String DEVICE = "/dev/fuse";
  private static final String HELPER = "fusermount3";
  private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

  private final Path mountPoint;
  private final boolean direct;

  private Mounter(Path mountPoint, boolean direct) {
    this.mountPoint = mountPoint;
    this.direct = direct;
  }

  /// A mount that can be made: the mount point is there, is a directory, and nothing of FUSE is
  /// mounted on it.
  static Mounter of(Path mountPoint, MountOptions options) throws MountException {
    Path real = checkedMountPoint(mountPoint.toAbsolutePath().normalize());
    boolean direct =
        switch (options.method()) {
          case DIRECT -> true;
          case HELPER -> false;
          case AUTOMATIC -> Processes.effectiveUserId() == 0;
        };
    return new Mounter(real, direct);
  }

  private static Path checkedMountPoint(Path path) throws MountException {
    Optional<MountTable.Entry> mounted = MountTable.find(path);
    try {
      FileStatus.ofPath(path.toString());
      Path real = path.toRealPath();
      if (!FileStatus.ofPath(real.toString()).isDirectory()) {
        throw new MountException(
            "mount point " + path + " is not a directory: choose or create a directory");
      }
      mounted = MountTable.find(real);
      if (mounted.isPresent() && mounted.get().type().startsWith("fuse")) {
        throw new MountException(
            "mount point "
                + real
                + " is busy: "
                + mounted.get().device()
                + " ("
                + mounted.get().type()
                + ") is already mounted there; unmount it first or choose another directory");
      }
      return real;
    } catch (SystemCallException e) {
      throw explain(path, e, mounted.isPresent());
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException("mount point " + path + ": " + e.getMessage(), e);
    }
  }

  private static MountException explain(Path path, SystemCallException e, boolean mounted) {
    return switch (e.errno()) {
      case ENOENT ->
          new MountException("mount point " + path + " does not exist: create it with mkdir", e);
      case ENOTDIR ->
          new MountException(
              "mount point " + path + " is not a directory: choose or create a directory", e);
      case ENOTCONN, ECONNABORTED, EIO ->
          new MountException(
              "mount point "
                  + path
                  + (mounted ? " holds a dead mount" : " is not usable")
                  + " ("
                  + e.errno().text()
                  + "): end it with umount -l "
                  + path,
              e);
      default -> new MountException("mount point " + path + ": " + e.errno().text(), e);
    };
  }

  Path mountPoint() {
    return mountPoint;
  }

  /// Mounts; gives the descriptor of the device, which the caller closes. The kernel's INIT waits
  /// on it.
  int mount(MountOptions options) throws MountException {
    return direct ? mountDirectly(options) : mountByHelper(options);
  }

  /// One more descriptor of the device, not connected to any mount.
  static int openDevice() throws MountException {
    try {
      return Descriptors.open(DEVICE, OpenFlags.O_RDWR, 0);
    } catch (SystemCallException e) {
      throw switch (e.errno()) {
        case ENOENT, ENODEV, ENXIO ->
            new MountException(
                "no "
                    + DEVICE
                    + ": load the kernel module with modprobe fuse (in a container: --device "
                    + DEVICE
                    + ")",
                e);
        case EACCES, EPERM ->
            new MountException(
                "may not open "
                    + DEVICE
                    + " ("
                    + e.errno().text()
                    + "): mount as root, or allow the user to read and write it",
                e);
        default -> new MountException("cannot open " + DEVICE + ": " + e.errno().text(), e);
      };
    }
  }

  private int mountDirectly(MountOptions options) throws MountException {
    int device = openDevice();
    try {
      FileStatus root = FileStatus.ofPath(mountPoint.toString());
      String data =
          options.data(device, root.mode() & 0170000, Processes.userId(), Processes.groupId());
      Mounts.mount(
          options.fileSystemName(),
          mountPoint.toString(),
          "fuse." + options.subtype(),
          options.flags(),
          data);
      return device;
    } catch (SystemCallException e) {
      closeQuietly(device, e);
      throw switch (e.errno()) {
        case EPERM, EACCES ->
            new MountException(
                "not allowed to mount on "
                    + mountPoint
                    + ": root's rights (CAP_SYS_ADMIN) are needed, or "
                    + HELPER,
                e);
        case ENODEV ->
            new MountException("the kernel has no FUSE file system: load it with modprobe fuse", e);
        case EBUSY ->
            new MountException(
                "mount point " + mountPoint + " is busy: unmount what is there first", e);
        default -> new MountException("cannot mount on " + mountPoint + ": " + e.errno().text(), e);
      };
    }
  }

  /// fusermount3 mounts and sends the device's descriptor over the socket whose number is in
  /// _FUSE_COMMFD.
  private int mountByHelper(MountOptions options) throws MountException {
    int[] pair = null;
    try {
      pair = Sockets.pair();
      List<String> command =
          List.of(HELPER, "-o", options.helperOptions(), "--", mountPoint.toString());
      ChildProcess helper =
          ChildProcess.start(
              command, List.of("_FUSE_COMMFD=" + ChildProcess.PASSED_DESCRIPTOR), pair[0]);
      Descriptors.close(pair[0]);
      pair[0] = -1;
      int device = SocketData.receiveDescriptor(pair[1]);
      ChildProcess.Result result = helper.await();
      if (device >= 0 && result.exitCode() == 0) {
        return device;
      }
      if (device >= 0) {
        Descriptors.close(device);
      }
      throw new MountException(
          HELPER + " cannot mount on " + mountPoint + ": " + result.firstErrorLine());
    } catch (SystemCallException e) {
      throw helperFailure(e);
    } finally {
      if (pair != null) {
        closePair(pair);
      }
    }
  }

  private static MountException helperFailure(SystemCallException e) {
    return e.errno() == Errno.ENOENT
        ? new MountException(
            HELPER + " is not installed: install the package fuse3, or mount as root", e)
        : new MountException("cannot run " + HELPER + ": " + e.getMessage(), e);
  }

  /// Ends the mount. False if it's in use (EBUSY); true also if it had ended already.
  boolean unmount() throws MountException {
    return direct ? unmountDirectly(0) : unmountByHelper("-u");
  }

  /// Takes the mount away at once, though it's in use. The session goes on until its last user is
  /// gone.
  void detach() throws MountException {
    if (direct) {
      unmountDirectly(Mounts.MNT_DETACH);
    } else {
      unmountByHelper("-uz");
    }
  }

  private boolean unmountDirectly(int flags) throws MountException {
    try {
      Mounts.unmount(mountPoint.toString(), flags | Mounts.UMOUNT_NOFOLLOW);
      return true;
    } catch (SystemCallException e) {
      return switch (e.errno()) {
        case EBUSY -> false;
        case EINVAL, ENOENT -> true;
        default ->
            throw new MountException("cannot unmount " + mountPoint + ": " + e.errno().text(), e);
      };
    }
  }

  private boolean unmountByHelper(String option) throws MountException {
    if (MountTable.find(mountPoint).isEmpty()) {
      return true;
    }
    try {
      List<String> command = List.of(HELPER, option, "--", mountPoint.toString());
      ChildProcess.Result result = ChildProcess.start(command, List.of(), -1).await();
      if (result.exitCode() == 0 || MountTable.find(mountPoint).isEmpty()) {
        return true;
      }
      if (result.firstErrorLine().contains(Errno.EBUSY.text())) {
        return false;
      }
      throw new MountException("cannot unmount " + mountPoint + ": " + result.firstErrorLine());
    } catch (SystemCallException e) {
      throw helperFailure(e);
    }
  }

  /// Ends the connection, then the mount.
  void abort(int deviceMinor) throws MountException {
    if (direct) {
      unmountDirectly(Mounts.MNT_FORCE);
    } else {
      abortConnection(deviceMinor);
    }
    detach();
  }

  /// Ends the connection of a device number: every call on the mount fails from now on, and the
  /// serving threads end.
  static void abortConnection(int deviceMinor) throws MountException {
    Path file = CONNECTIONS.resolve(Integer.toString(deviceMinor)).resolve("abort");
    try {
      Files.write(file, "1".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new MountException("cannot end the connection by " + file + ": " + e.getMessage(), e);
    }
  }

  private static void closePair(int[] pair) {
    for (int descriptor : pair) {
      if (descriptor >= 0) {
        closeQuietly(descriptor, new SystemCallException("close", Errno.EIO));
      }
    }
  }

  private static void closeQuietly(int descriptor, SystemCallException first) {
    try {
      Descriptors.close(descriptor);
    } catch (SystemCallException e) {
      first.addSuppressed(e);
    }
  }
}
