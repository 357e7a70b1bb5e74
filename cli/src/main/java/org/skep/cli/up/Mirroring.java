package org.skep.cli.up;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.skep.cli.locate.ClusterLocation;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.status.FormerContents;
import org.skep.cli.status.GroupConnection;
import org.skep.cli.status.ManagementConnection;
import org.skep.client.DataSettings;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Pairing;
import org.skep.cluster.StripePattern;
import org.skep.runtime.port.Ports;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.Secret;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.NewGroup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `--mirror`: the storage targets that are in no group are paired, the metadata shards get their
/// second copies, and the root directory's pattern becomes buddymirror, which new directories
/// inherit. What is done already stays as it is.
final class Mirroring {
  private static final Logger LOGGER = LoggerFactory.getLogger(Mirroring.class);
  private static final long WAIT_NANOS = 30_000_000_000L;

  private final Ports ports;
  private final ClusterPlan plan;
  private final Secret secret;

  Mirroring(Ports ports, ClusterPlan plan) {
    this.ports = ports;
    this.plan = plan;
    secret = ClusterLocation.readSecret(plan.secretFile());
  }

  /// To be called when all servers serve, and before the cluster is handed over.
  ///
  /// @throws CommandFailure if there is no pair of targets
  void prepare() {
    try (ManagementConnection management =
        new ManagementConnection(ports, plan.management().listen(), secret)) {
      pair(management);
      new MetadataMirroring(management).prepare();
    }
    ClusterClient.Settings settings =
        new ClusterClient.Settings(
            plan.management().listen(),
            secret,
            "",
            ClusterClient.Settings.CONNECT_NANOS,
            DataSettings.DEFAULT);
    try (ClusterClient client = ClusterClient.connect(ports, settings)) {
      mirrorRoot(client.fileSystem());
    } catch (ErrnoException e) {
      throw new CommandFailure("cannot mirror the root directory: " + e.getMessage());
    }
  }

  private static void pair(ManagementConnection management) {
    ClusterMap map = management.status(WAIT_NANOS).map();
    Pairing.Plan pairing = withoutHolders(management, map, Pairing.of(map, NodeKind.STORAGE));
    String left =
        pairing.left().stream()
            .map(one -> one.targetId() + " (" + one.reason() + ")")
            .collect(Collectors.joining(", "));
    if (pairing.pairs().isEmpty() && map.groupsOf(NodeKind.STORAGE).isEmpty()) {
      throw new CommandFailure("no mirror group can be made of the storage targets: " + left);
    }
    if (!pairing.pairs().isEmpty()) {
      var _ = management.call(Operations.ADD_MIRROR_GROUPS, request(pairing.pairs()), WAIT_NANOS);
    }
    if (!left.isEmpty()) {
      LOGGER.warn("storage targets in no mirror group: {}", left);
    }
  }

  /// Who holds something of a former group is left to the administrator: as a secondary it would
  /// lose that, and as a primary what is newer elsewhere would be lost.
  private static Pairing.Plan withoutHolders(
      ManagementConnection management, ClusterMap map, Pairing.Plan plan) {
    if (plan.pairs().isEmpty()) {
      return plan;
    }
    List<Pairing.Pair> pairs = new ArrayList<>();
    List<Pairing.Left> left = new ArrayList<>(plan.left());
    try (GroupConnection targets = management.groups(map, WAIT_NANOS)) {
      FormerContents contents = new FormerContents(targets);
      for (Pairing.Pair pair : plan.pairs()) {
        List<Pairing.Left> holders =
            Stream.of(pair.primary(), pair.secondary())
                .filter(contents::holdsAnything)
                .map(Mirroring::holder)
                .toList();
        if (holders.isEmpty()) {
          pairs.add(pair);
        } else {
          left.addAll(holders);
        }
      }
    }
    return new Pairing.Plan(pairs, left);
  }

  private static Pairing.Left holder(int target) {
    return new Pairing.Left(
        target,
        "it holds chunk files of a former group; 'skep ctl --addmirrorgroup' with whoever has the"
            + " newest ones as the primary");
  }

  private static AddMirrorGroupsRequest request(List<Pairing.Pair> pairs) {
    AddMirrorGroupsRequest.Builder request =
        AddMirrorGroupsRequest.newBuilder().setKind(MapCodec.message(NodeKind.STORAGE));
    for (Pairing.Pair pair : pairs) {
      request.addGroups(
          NewGroup.newBuilder().setPrimary(pair.primary()).setSecondary(pair.secondary()));
    }
    return request.build();
  }

  private static void mirrorRoot(FileSystem files) throws ErrnoException {
    try {
      StripePattern pattern = MapCodec.of(files.pattern(files.root()));
      if (pattern.kind() != StripePattern.Kind.BUDDY_MIRROR) {
        files.setPattern(
            files.root(),
            MapCodec.message(
                new StripePattern(
                    StripePattern.Kind.BUDDY_MIRROR,
                    pattern.chunkBytes(),
                    pattern.targetCount(),
                    pattern.storagePoolId())));
      }
    } catch (MalformedFrameException e) {
      throw new IllegalStateException("a server's answer makes no sense", e);
    }
  }
}
