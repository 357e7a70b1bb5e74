package org.skep.cli.daemon;

import java.util.ArrayList;
import java.util.List;
import org.skep.cli.outcome.CommandFailure;
import org.skep.fuse.session.MountOptions;

/// The options of mount(8), as in `-o ro,nodev,fsname=x`.
public final class MountFlags {
  private boolean readOnly;
  private boolean devices = true;
  private boolean suid = true;
  private boolean execute = true;
  private boolean accessTime = true;
  private boolean others;
  private boolean permissions = true;
  private int maxRead;
  private String fileSystemName;

  private MountFlags(String fileSystemName, boolean others) {
    this.fileSystemName = fileSystemName;
    this.others = others;
  }

  /// @param lists the values of all `-o`
  /// @param fileSystemName if none of them says fsname
  /// @param others whether other users may use it if none of them says
  /// @throws CommandFailure naming an option that is not known
  public static MountOptions parse(List<String> lists, String fileSystemName, boolean others) {
    MountFlags flags = new MountFlags(fileSystemName, others);
    List<String> unknown = new ArrayList<>();
    for (String list : lists) {
      for (String option : list.split(",")) {
        if (!option.isEmpty() && !flags.take(option)) {
          unknown.add(option);
        }
      }
    }
    if (!unknown.isEmpty()) {
      throw new CommandFailure(
          "unknown mount option "
              + String.join(", ", unknown)
              + " (known: ro, rw, [no]dev, [no]suid, [no]exec, [no]atime, relatime, [no]allow_other,"
              + " [no]default_permissions, fsname=, max_read=)");
    }
    return flags.options();
  }

  private boolean take(String option) {
    switch (option) {
      case "ro" -> readOnly = true;
      case "rw" -> readOnly = false;
      case "dev", "nodev" -> devices = option.equals("dev");
      case "suid", "nosuid" -> suid = option.equals("suid");
      case "exec", "noexec" -> execute = option.equals("exec");
      case "atime", "relatime", "noatime" -> accessTime = !option.equals("noatime");
      case "allow_other", "noallow_other" -> others = option.equals("allow_other");
      case "default_permissions", "nodefault_permissions" ->
          permissions = option.equals("default_permissions");
      case "defaults", "async", "diratime" -> {}
      default -> {
        return takeValue(option);
      }
    }
    return true;
  }

  private boolean takeValue(String option) {
    if (option.startsWith("fsname=")) {
      fileSystemName = option.substring("fsname=".length());
      return true;
    }
    if (option.startsWith("max_read=")) {
      try {
        maxRead = Integer.parseInt(option.substring("max_read=".length()));
        return maxRead >= 0;
      } catch (NumberFormatException e) {
        return false;
      }
    }
    return false;
  }

  private MountOptions options() {
    try {
      return MountOptions.defaults(fileSystemName, "skep")
          .withReadOnly(readOnly)
          .withAllowed(devices, suid, execute, accessTime)
          .withAccess(others, permissions)
          .withMaxRead(maxRead);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }
}
