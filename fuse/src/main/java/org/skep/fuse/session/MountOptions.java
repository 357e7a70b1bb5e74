package org.skep.fuse.session;

import java.util.ArrayList;
import java.util.List;
import org.skep.linux.Mounts;

/// How to mount, as in mount(8).
///
/// @param fileSystemName what `df` shows as the device
/// @param subtype the type is then `fuse.SUBTYPE`
/// @param allowOther other users than the mounting one may use it; for an ordinary user needs
///   `user_allow_other` in /etc/fuse.conf
/// @param defaultPermissions the kernel checks permissions
/// @param maxReadBytes most bytes of one READ; 0 leaves it to the kernel
/// @param method how the mount is made
public record MountOptions(
    String fileSystemName,
    String subtype,
    boolean readOnly,
    boolean noDevices,
    boolean noSuid,
    boolean noExecute,
    boolean noAccessTime,
    boolean allowOther,
    boolean defaultPermissions,
    int maxReadBytes,
    Method method) {

  /// Who calls mount(2).
  public enum Method {
    /// Ourselves with root's rights, fusermount3 otherwise.
    AUTOMATIC,
    /// Ourselves: needs CAP_SYS_ADMIN.
    DIRECT,
    /// The set-uid helper `fusermount3`; it forces nodev and nosuid for ordinary users.
    HELPER
  }

  public MountOptions {
    check("fsname", fileSystemName);
    check("subtype", subtype);
    if (maxReadBytes < 0) {
      throw new IllegalArgumentException("max_read " + maxReadBytes);
    }
  }

  private static void check(String option, String value) {
    boolean clean =
        value.codePoints().noneMatch(c -> c < ' ' || c == ',' || c == '\\' || c == 0x7f);
    if (value.isEmpty() || value.length() > 200 || !clean) {
      throw new IllegalArgumentException(
          option + " must be 1 to 200 characters without comma, backslash and control characters");
    }
  }

  /// Read and write, for the mounting user only, permissions checked by the kernel.
  public static MountOptions defaults(String fileSystemName, String subtype) {
    return new MountOptions(
        fileSystemName,
        subtype,
        false,
        false,
        false,
        false,
        false,
        false,
        true,
        0,
        Method.AUTOMATIC);
  }

  public MountOptions withReadOnly(boolean on) {
    return new MountOptions(
        fileSystemName,
        subtype,
        on,
        noDevices,
        noSuid,
        noExecute,
        noAccessTime,
        allowOther,
        defaultPermissions,
        maxReadBytes,
        method);
  }

  /// What is allowed: device nodes, set-uid programs, programs at all, updates of access times.
  public MountOptions withAllowed(
      boolean devices, boolean suid, boolean execute, boolean accessTime) {
    return new MountOptions(
        fileSystemName,
        subtype,
        readOnly,
        !devices,
        !suid,
        !execute,
        !accessTime,
        allowOther,
        defaultPermissions,
        maxReadBytes,
        method);
  }

  public MountOptions withAccess(boolean others, boolean kernelChecks) {
    return new MountOptions(
        fileSystemName,
        subtype,
        readOnly,
        noDevices,
        noSuid,
        noExecute,
        noAccessTime,
        others,
        kernelChecks,
        maxReadBytes,
        method);
  }

  public MountOptions withMaxRead(int bytes) {
    return new MountOptions(
        fileSystemName,
        subtype,
        readOnly,
        noDevices,
        noSuid,
        noExecute,
        noAccessTime,
        allowOther,
        defaultPermissions,
        bytes,
        method);
  }

  public MountOptions withMethod(Method by) {
    return new MountOptions(
        fileSystemName,
        subtype,
        readOnly,
        noDevices,
        noSuid,
        noExecute,
        noAccessTime,
        allowOther,
        defaultPermissions,
        maxReadBytes,
        by);
  }

  /// The MS flags of mount(2).
  long flags() {
    return (readOnly ? Mounts.MS_RDONLY : 0)
        | (noDevices ? Mounts.MS_NODEV : 0)
        | (noSuid ? Mounts.MS_NOSUID : 0)
        | (noExecute ? Mounts.MS_NOEXEC : 0)
        | (noAccessTime ? Mounts.MS_NOATIME : 0);
  }

  /// The data of mount(2).
  String data(int device, int rootMode, int uid, int gid) {
    StringBuilder data = new StringBuilder(100);
    data.append("fd=").append(device);
    data.append(",rootmode=").append(Integer.toOctalString(rootMode));
    data.append(",user_id=").append(uid).append(",group_id=").append(gid);
    for (String option : kernelOptions()) {
      data.append(',').append(option);
    }
    return data.toString();
  }

  /// The -o argument of fusermount3.
  String helperOptions() {
    List<String> options = new ArrayList<>();
    options.add(readOnly ? "ro" : "rw");
    if (noDevices) {
      options.add("nodev");
    }
    if (noSuid) {
      options.add("nosuid");
    }
    if (noExecute) {
      options.add("noexec");
    }
    if (noAccessTime) {
      options.add("noatime");
    }
    options.add("fsname=" + fileSystemName);
    options.add("subtype=" + subtype);
    options.addAll(kernelOptions());
    return String.join(",", options);
  }

  private List<String> kernelOptions() {
    List<String> options = new ArrayList<>();
    if (allowOther) {
      options.add("allow_other");
    }
    if (defaultPermissions) {
      options.add("default_permissions");
    }
    if (maxReadBytes > 0) {
      options.add("max_read=" + maxReadBytes);
    }
    return options;
  }
}
