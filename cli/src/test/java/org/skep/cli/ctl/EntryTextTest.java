package org.skep.cli.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;

final class EntryTextTest {

  @Test
  void aFileHasItsTargets() {
    Layout layout = new Layout(StripePattern.Kind.RAID0, 512 << 10, List.of(3011, 3021, 999));
    EntryText.Entry entry =
        new EntryText.Entry(Ids.inode(202, 0x2a), EntryText.Type.of(0100644), 0, 77, layout, null);
    assertThat(shown(entry, false))
        .isEqualTo(
            """
            Entry type: file
            EntryID: ca-2a
            Metadata node: node202 [ID: 202]
            Stripe pattern details:
            + Type: RAID0
            + Chunksize: 512K
            + Number of storage targets: desired: 3; actual: 3
            + Storage targets:
              + 3011 @ node301 [ID: 301]
              + 3021 @ node302 [ID: 302]
              + 999 @ <unknown>
            """);
  }

  @Test
  void aMirroredFileNamesGroups() {
    EntryText.Entry entry =
        new EntryText.Entry(
            Ids.inode(202, 42),
            EntryText.Type.of(0100644),
            0,
            5,
            new Layout(StripePattern.Kind.BUDDY_MIRROR, 1 << 20, List.of(2, 1)),
            null);
    assertThat(shown(entry, false))
        .endsWith(
            """
            Stripe pattern details:
            + Type: Buddy Mirror
            + Chunksize: 1M
            + Number of storage targets: desired: 2; actual: 2
            + Storage mirror buddy groups:
              + 2
              + 1
            """);
  }

  @Test
  void aDirectoryHasItsPattern() {
    EntryText.Entry entry =
        new EntryText.Entry(
            Ids.inode(201, 1),
            EntryText.Type.of(040755),
            Ids.inode(201, 1),
            0,
            null,
            StripePattern.DEFAULT);
    assertThat(shown(entry, true))
        .isEqualTo(
            """
            Entry type: directory
            EntryID: root
            ParentID: root
            Metadata node: node201 [ID: 201]
            Stripe pattern details:
            + Type: RAID0
            + Chunksize: 512K
            + Number of storage targets: desired: 4
            + Storage Pool: 1 (Default)
            Inode: 56576470318841857
            Shard: 201
            """);
  }

  private static String shown(EntryText.Entry entry, boolean verbose) {
    return String.join("\n", EntryText.lines(entry, new SampleCluster().status().map(), verbose))
        + "\n";
  }
}
