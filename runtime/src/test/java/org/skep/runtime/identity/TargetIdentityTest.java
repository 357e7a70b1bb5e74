package org.skep.runtime.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skep.cluster.NodeKind;
import org.skep.runtime.identity.TargetIdentity.Expected;
import org.skep.runtime.identity.TargetIdentity.Found;
import org.skep.runtime.port.Disk;
import org.skep.runtime.real.LocalDisk;
import org.skep.runtime.twin.MemoryDisk;

/// A daemon takes only a directory that is its own, or empty and wanted.
final class TargetIdentityTest {
  private static final TargetIdentity IDENTITY =
      new TargetIdentity(NodeKind.STORAGE, "cluster-a", 1, 101, "0f-1e");
  private static final Expected OURS = new Expected(NodeKind.STORAGE, "cluster-a", 1);
  private static final Expected NEW = new Expected(NodeKind.STORAGE, "", 0);

  @TempDir Path directory;
  private final MemoryDisk disk = new MemoryDisk("data");

  private static String refusal(Disk disk, Expected expected, boolean init) throws IOException {
    return ((Found.Refused) TargetIdentity.check(disk, expected, init)).message();
  }

  private String text() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    try (Disk.File file = disk.open(IdentityFile.NAME, false)) {
      int _ = file.read(bytes, 0);
    }
    return StandardCharsets.ISO_8859_1.decode(bytes.flip()).toString();
  }

  private void put(String name, String text) throws IOException {
    try (Disk.File file = disk.open(name, true)) {
      file.truncate(0);
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)), 0);
      file.sync(false);
    }
    disk.syncDirectory("");
  }

  @Test
  void anIdentityIsFoundAgainAfterACrash() throws Exception {
    assertThat(TargetIdentity.check(disk, NEW, true)).isEqualTo(new Found.Fresh());
    IDENTITY.write(disk);
    disk.crash();
    assertThat(TargetIdentity.check(disk, OURS, false)).isEqualTo(new Found.Ours(IDENTITY));
    assertThat(TargetIdentity.check(disk, NEW, true)).isEqualTo(new Found.Ours(IDENTITY));
  }

  @Test
  void aCrashBeforeTheEndLeavesAFreshDirectory() throws Exception {
    put("skep-target.new", "half");
    assertThat(TargetIdentity.check(disk, NEW, true)).isEqualTo(new Found.Fresh());
  }

  @Test
  void onARealDiskTheDirectoryIsMade() throws Exception {
    LocalDisk local = new LocalDisk(directory.resolve("a/b"));
    assertThat(refusal(local, NEW, false))
        .endsWith("the directory is missing; use --init to create it");
    assertThat(TargetIdentity.check(local, NEW, true)).isEqualTo(new Found.Fresh());
    IDENTITY.write(local);
    assertThat(TargetIdentity.check(local, OURS, false)).isEqualTo(new Found.Ours(IDENTITY));
    assertThat(directory.resolve("a/b/skep-target")).content().contains("target = 101\n");
  }

  @Test
  void anEmptyDirectoryIsTakenOnlyWhenWanted() throws Exception {
    assertThat(refusal(disk, NEW, false))
        .isEqualTo(
            "data: the directory is empty; is its file system mounted? Use --init to create a new"
                + " target");
    disk.createDirectories("lost+found");
    assertThat(TargetIdentity.check(disk, NEW, true)).isEqualTo(new Found.Fresh());
  }

  @Test
  void aDirectoryWithOtherFilesIsNeverTaken() throws Exception {
    put("precious", "x");
    assertThat(refusal(disk, NEW, true))
        .isEqualTo("data: no skep-target in it, but other files (precious): not a Skep target");
  }

  @Test
  void anothersDirectoryIsRefused() throws Exception {
    IDENTITY.write(disk);
    assertThat(refusal(disk, new Expected(NodeKind.METADATA, "cluster-a", 1), true))
        .isEqualTo("data: it is a storage target, not a meta");
    assertThat(refusal(disk, new Expected(NodeKind.STORAGE, "cluster-b", 1), true))
        .isEqualTo("data: it belongs to cluster cluster-a, not to cluster-b");
    assertThat(refusal(disk, new Expected(NodeKind.STORAGE, "cluster-a", 2), true))
        .isEqualTo("data: it belongs to node 1, not to node 2");
  }

  @Test
  void aNewerFormatAndDamageAreToldApart() throws Exception {
    IDENTITY.write(disk);
    String good = text();
    put(IdentityFile.NAME, good.replace("format = 1", "format = 2"));
    assertThat(refusal(disk, OURS, true))
        .isEqualTo("data: skep-target has format 2, this Skep knows up to 1: use a newer Skep");
    put(IdentityFile.NAME, good.replace("node = 1", "node = 2"));
    assertThat(refusal(disk, OURS, true))
        .isEqualTo("data: skep-target is corrupt: its checksum is wrong");
    put(IdentityFile.NAME, "");
    assertThat(refusal(disk, OURS, true)).contains("is corrupt");
    put(IdentityFile.NAME, "x".repeat(5000));
    assertThat(refusal(disk, OURS, true)).contains("is corrupt: it is larger");
  }

  @Test
  void everySingleDamagedByteIsSeen() throws Exception {
    IDENTITY.write(disk);
    String good = text();
    int checksum = good.indexOf("crc32c");
    for (int at = 0; at < checksum; at++) {
      char other = (char) (good.charAt(at) ^ 1);
      put(IdentityFile.NAME, good.substring(0, at) + other + good.substring(at + 1));
      assertThat(TargetIdentity.check(disk, OURS, true))
          .as("byte " + at)
          .isInstanceOf(Found.Refused.class);
    }
  }
}
