package org.skep.cli.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.skep.cluster.Consistency.GOOD;
import static org.skep.cluster.Consistency.NEEDS_RESYNC;
import static org.skep.cluster.NodeKind.METADATA;
import static org.skep.cluster.Reachability.OFFLINE;
import static org.skep.cluster.Reachability.ONLINE;
import static org.skep.cluster.Reachability.PROBABLY_OFFLINE;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.Ids;
import org.skep.cluster.Pairing;
import org.skep.cluster.StripePattern;
import picocli.CommandLine;

/// Part (2) of the reference document, byte for byte, and what else is shown of mirrored metadata.
final class MetadataMirrorTablesTest {
  private static final TargetTable.Choice STATE =
      new TargetTable.Choice(false, false, false, false, true, false, false, false);

  private final SampleCluster cluster = new SampleCluster().mirroredMetadata(1, 201, 202);

  private static String text(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }

  private String states() {
    return text(TargetTable.lines(cluster.status(), METADATA, STATE));
  }

  @Test
  void theDocumentsTablesFromOnlineToOfflineAndBack() {
    String good =
        """
        TargetID     Reachability  Consistency   NodeID
        ========     ============  ===========   ======
             201           Online         Good      201
             202           Online         Good      202
        """;
    assertThat(states()).isEqualTo(good);
    cluster.with(METADATA, 201, 201, PROBABLY_OFFLINE, GOOD);
    assertThat(states())
        .isEqualTo(
            """
            TargetID     Reachability  Consistency   NodeID
            ========     ============  ===========   ======
                 201 Probably-offline         Good      201
                 202           Online         Good      202
            """);
    cluster.mirroredMetadata(1, 202, 201).with(METADATA, 201, 201, OFFLINE, NEEDS_RESYNC);
    cluster.primary(METADATA, 202, true, false);
    assertThat(states())
        .isEqualTo(
            """
            TargetID     Reachability  Consistency   NodeID
            ========     ============  ===========   ======
                 201          Offline Needs-resync      201
                 202           Online         Good      202
            """);
    cluster.with(METADATA, 201, 201, ONLINE, NEEDS_RESYNC).primary(METADATA, 202, true, true);
    assertThat(states())
        .isEqualTo(
            """
            TargetID     Reachability  Consistency   NodeID
            ========     ============  ===========   ======
                 201           Online Needs-resync      201
                 202           Online         Good      202
            """);
    cluster.with(METADATA, 201, 201, ONLINE, GOOD);
    assertThat(states()).isEqualTo(good);
  }

  @Test
  void theGroupsOfServersWithOneTargetAreNamedByNode() {
    assertThat(text(MirrorGroupTable.lines(cluster.status().map(), METADATA)))
        .isEqualTo(
            """
                 BuddyGroupID     PrimaryNodeID   SecondaryNodeID
                 ============     =============   ===============
                            1               201               202
            """);
    cluster.with(METADATA, 20_102, 201, ONLINE, GOOD);
    assertThat(MirrorGroupTable.lines(cluster.status().map(), METADATA).getFirst())
        .as("a server has two targets")
        .isEqualTo("     BuddyGroupID   PrimaryTargetID SecondaryTargetID");
  }

  @Test
  void aSpareIsToldApart() {
    TargetTable.Choice choice =
        new TargetTable.Choice(false, false, false, true, false, false, false, false);
    cluster.with(METADATA, 20_102, 201, ONLINE, GOOD);
    assertThat(text(TargetTable.lines(cluster.status(), METADATA, choice)))
        .isEqualTo(
            """
            MirrorGroupID MGMemberType TargetID   NodeID
            ============= ============ ========   ======
                        1      primary      201      201
                        1    secondary      202      202
                                 spare    20102      201
            """);
  }

  @Test
  void aNodeIsTheTargetThatItWasGivenNotTheSpareThatHasAnothersCopy() {
    cluster.mirroredOntoSpares();
    assertThat(choice("--nodetype=meta", "--nodeid=201").target(cluster.status().map()))
        .isEqualTo(201);
    assertThat(choice("--nodetype=meta", "--nodeid=202").find(cluster.status().map()).id())
        .isEqualTo(202);
  }

  @Test
  void aSpareThatAServerKeepsIsShownWithTheGroupsOnly() {
    String before = states();
    cluster.keptSpare(65535, 201).keptSpare(65534, 202);
    assertThat(states()).isEqualTo(before);
    assertThat(MirrorGroupTable.lines(cluster.status().map(), METADATA).getFirst())
        .contains("PrimaryNodeID");
    assertThat(DiskFree.text(cluster.status())).noneMatch(line -> line.contains("6553"));
    assertThat(choice("--nodetype=meta", "--nodeid=201").target(cluster.status().map()))
        .isEqualTo(201);
    TargetTable.Choice choice =
        new TargetTable.Choice(false, false, false, true, false, false, false, false);
    assertThat(text(TargetTable.lines(cluster.status(), METADATA, choice)))
        .isEqualTo(
            """
            MirrorGroupID MGMemberType TargetID   NodeID
            ============= ============ ========   ======
                        1      primary      201      201
                        1    secondary      202      202
                                 spare    65534      202
                                 spare    65535      201
            """);
    assertThat(TargetTable.lines(cluster.mirroredMetadata(1, 201, 65534).status(), METADATA, STATE))
        .as("in a group it is a target as any")
        .anyMatch(line -> line.contains("65534"))
        .noneMatch(line -> line.contains("65535"));
  }

  @Test
  void theRootOfMirroredMetadataIsAGroup() {
    List<String> lines =
        NodeListing.lines(
            cluster.mirroredMetadata(1, 202, 201).status(),
            METADATA,
            new NodeListing.Choice(true, false, false, false),
            _ -> new NodeListing.Reach.Unreachable(""));
    assertThat(lines)
        .endsWith("", "Number of nodes: 2", "Root: 1", "Root's current primary: node202 [ID: 202]");
  }

  @Test
  void aMirroredDirectoryHasAGroupAndItsCurrentPrimary() {
    EntryText.Entry entry =
        new EntryText.Entry(
            Ids.inode(1, 1),
            EntryText.Type.of(040755),
            Ids.inode(1, 1),
            0,
            null,
            StripePattern.DEFAULT);
    ClusterMap map = cluster.mirroredMetadata(1, 202, 201).status().map();
    assertThat(text(EntryText.lines(entry, map, false)))
        .isEqualTo(
            """
            Entry type: directory
            EntryID: root
            Metadata buddy group: 1
            Current primary metadata node: node202 [ID: 202]
            Stripe pattern details:
            + Type: RAID0
            + Chunksize: 512K
            + Number of storage targets: desired: 4
            + Storage Pool: 1 (Default)
            """);
  }

  @Test
  void aNewGroupHasTheNumberOfItsShard() {
    ClusterMap map = new SampleCluster().status().map();
    List<MirrorGroupTable.Member> fresh =
        NewGroups.numbered(
            map, METADATA, new Pairing.Plan(List.of(new Pairing.Pair(201, 202)), List.of()), false);
    assertThat(text(MirrorGroupTable.plan(map, METADATA, fresh)))
        .isEqualTo(
            """
            BuddyGroupID Target type   Target
            ============ ===========   ======
                     201     primary      201 @ node201 [ID: 201]
                     201   secondary      202 @ node202 [ID: 202]
            """);
  }

  @Test
  void declaringSaysWhatCantBeReached() {
    assertThat(
            SetState.warning(
                cluster.status().map(),
                cluster.status().map().groupOf(METADATA, 201),
                201,
                SetState.Wanted.bad))
        .last()
        .asString()
        .contains("While target 202 is not Good and online, the names and files of its shard");
  }

  private static GroupChoice choice(String... arguments) {
    GroupChoice choice = new GroupChoice();
    CommandLine command = new CommandLine(choice);
    command.parseArgs(arguments);
    choice.check(command.getCommandSpec());
    return choice;
  }

  @Test
  void aGroupIsNamedByItselfByATargetOrByANode() {
    ClusterMap map = cluster.status().map();
    assertThat(choice("--nodetype=meta", "--nodeid=202").find(map).id()).isEqualTo(1);
    assertThat(choice("--nodetype=meta", "--nodeid=202").target(map)).isEqualTo(202);
    assertThat(choice("--nodetype=meta", "--targetid=201").find(map).id()).isEqualTo(1);
    assertThat(choice("--nodetype=meta", "--mirrorgroupid=1").find(map).id()).isEqualTo(1);
    assertThat(choice("--nodetype=meta", "--mirrorgroupid=1").target(map)).isNull();
  }

  @Test
  void aGroupThatIsNoneIsNotFound() {
    cluster.with(METADATA, 20_102, 201, ONLINE, GOOD);
    ClusterMap map = cluster.status().map();
    assertThatThrownBy(() -> choice("--nodetype=meta", "--nodeid=9").find(map))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("there is no meta node 9");
    assertThatThrownBy(() -> choice("--nodetype=meta", "--targetid=20102").find(map))
        .hasMessage("meta target 20102 is in no mirror group");
    assertThat(choice("--nodetype=meta", "--nodeid=201").target(map))
        .as("its only mirrored one")
        .isEqualTo(201);
    ClusterMap single = new SampleCluster().status().map();
    assertThatThrownBy(() -> choice("--nodetype=meta", "--mirrorgroupid=201").find(single))
        .hasMessageContaining("metadata shard 201 is not mirrored");
    assertThatThrownBy(() -> choice("--nodetype=client", "--targetid=1"))
        .isInstanceOf(CommandLine.ParameterException.class);
  }
}
