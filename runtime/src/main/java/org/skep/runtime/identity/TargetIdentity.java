package org.skep.runtime.identity;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.skep.cluster.Ids;
import org.skep.cluster.NodeKind;
import org.skep.runtime.port.Chance;
import org.skep.runtime.port.Disk;

/// Whose directory a target directory is.
///
/// @param kind METADATA or STORAGE (or MANAGEMENT, with target id 1)
/// @param clusterId of the cluster it belongs to
/// @param uuid of the directory, made with it
public record TargetIdentity(
    NodeKind kind, String clusterId, int nodeId, int targetId, String uuid) {

  /// The file in a target's directory that says whose it is.
  public static final String FILE_NAME = IdentityFile.NAME;

  /// What an id of a cluster or directory may look like.
  private static final Pattern ID = Pattern.compile("[0-9A-Za-z._-]{1,64}");

  /// Made by mkfs in the root of a file system.
  private static final String LOST_AND_FOUND = "lost+found";

  public TargetIdentity {
    Ids.check("node", nodeId);
    Ids.check("target", targetId);
    if (!ID.matcher(clusterId).matches() || !ID.matcher(uuid).matches()) {
      throw new IllegalArgumentException("cluster id or uuid is empty or has odd characters");
    }
  }

  /// What the daemon that opens a directory knows of itself.
  ///
  /// @param clusterId empty: not known yet
  /// @param nodeId 0: not known yet
  public record Expected(NodeKind kind, String clusterId, int nodeId) {}

  /// What was found.
  public sealed interface Found {

    /// The directory is ours.
    record Ours(TargetIdentity identity) implements Found {}

    /// The directory is empty and may be initialised: [#write] it when its ids are known.
    record Fresh() implements Found {}

    /// It must not be used.
    ///
    /// @param message one line for the operator: which directory, what is wrong, what to do
    record Refused(String message) implements Found {}
  }

  /// Looks at a directory before anything in it is touched.
  ///
  /// @param init whether an empty or missing directory may be taken
  /// @throws IOException if the disk fails
  public static Found check(Disk disk, Expected expected, boolean init) throws IOException {
    boolean there = disk.exists("");
    if (there && IdentityFile.exists(disk)) {
      IdentityFile.Content content = IdentityFile.read(disk);
      TargetIdentity identity = content.identity();
      return identity == null
          ? refused(disk, IdentityFile.NAME + " " + content.trouble())
          : compare(disk, identity, expected);
    }
    if (!there && !init) {
      return refused(disk, "the directory is missing; use --init to create it");
    }
    List<String> all = disk.list("");
    // It was empty when it was claimed: what is in it by now is ours.
    boolean claimed = ClaimFile.exists(all);
    List<String> names =
        all.stream()
            .filter(name -> !name.equals(LOST_AND_FOUND) && !IdentityFile.isOwn(name))
            .toList();
    if (!names.isEmpty() && !claimed) {
      return refused(
          disk,
          "no "
              + IdentityFile.NAME
              + " in it, but other files ("
              + names.getFirst()
              + "): not a Skep target");
    }
    return init
        ? new Found.Fresh()
        : refused(
            disk,
            "the directory is empty; is its file system mounted? Use --init to create a new target");
  }

  private static Found compare(Disk disk, TargetIdentity identity, Expected expected) {
    if (identity.kind() != expected.kind()) {
      return refused(
          disk, "it is a " + identity.kind().label() + " target, not a " + expected.kind().label());
    }
    if (!expected.clusterId().isEmpty() && !expected.clusterId().equals(identity.clusterId())) {
      return refused(
          disk,
          "it belongs to cluster " + identity.clusterId() + ", not to " + expected.clusterId());
    }
    if (expected.nodeId() != 0 && expected.nodeId() != identity.nodeId()) {
      return refused(
          disk, "it belongs to node " + identity.nodeId() + ", not to node " + expected.nodeId());
    }
    return new Found.Ours(identity);
  }

  private static Found refused(Disk disk, String why) {
    return new Found.Refused(disk.name() + ": " + why);
  }

  /// The uuid for a fresh directory, which is made if it is missing: durable, and the same one
  /// until [#write], so that a server that dies between its registration and [#write] registers the
  /// same target again, and not one more.
  public static String claimUuid(Disk disk, Chance chance) throws IOException {
    return ClaimFile.claim(disk, chance);
  }

  /// Makes the directory if it is missing, and this identity durable in it.
  public void write(Disk disk) throws IOException {
    disk.createDirectories("");
    IdentityFile.write(disk, this);
    ClaimFile.remove(disk);
  }
}
