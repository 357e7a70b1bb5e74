package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.skep.cli.outcome.CommandFailure;
import org.skep.cli.outcome.ExitCode;
import org.skep.cli.status.ManagementConnection;
import org.skep.cluster.ClusterMap;
import org.skep.cluster.NodeKind;
import org.skep.cluster.Pairing;
import org.skep.wire.MapCodec;
import org.skep.wire.Operations;
import org.skep.wire.message.AddMirrorGroupsReply;
import org.skep.wire.message.AddMirrorGroupsRequest;
import org.skep.wire.message.NewGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `--addmirrorgroup`: makes groups, of two targets that are named or of all that are in none.
@Command(
    name = "--addmirrorgroup",
    mixinStandardHelpOptions = true,
    description = {
      "Puts targets into pairs that hold the same content.",
      "Chunks that a target holds already are not mirrored: only files of directories whose"
          + " pattern is buddymirror are (--setpattern)."
    },
    footer = {
      "",
      "Examples:",
      "  skep ctl --addmirrorgroup --nodetype=storage --automatic --dryrun",
      "  skep ctl --addmirrorgroup --nodetype=storage --primary=3011 --secondary=3021 --groupid=1",
      "  skep mirror add --automatic"
    })
final class AddMirrorGroup extends ClusterCommand {
  @Option(
      names = "--nodetype",
      paramLabel = "TYPE",
      defaultValue = "storage",
      converter = NodeTypes.class,
      description = "meta or storage (default: ${DEFAULT-VALUE}).")
  private NodeKind kind = NodeKind.STORAGE;

  @Option(names = "--primary", paramLabel = "ID", description = "The target that leads.")
  private @Nullable Integer primary;

  @Option(names = "--secondary", paramLabel = "ID", description = "The other target.")
  private @Nullable Integer secondary;

  @Option(
      names = {"--groupid", "--mirrorgroupid"},
      paramLabel = "ID",
      description = "The id of the new group (default: the lowest that is free).")
  private int groupId;

  @Option(
      names = "--automatic",
      description =
          "Pairs all targets that are in no group, each with one of another server and, where"
              + " failure-domain is given, of another domain.")
  private boolean automatic;

  @Option(
      names = "--force",
      description = "With --automatic: makes the groups though targets are left without one.")
  private boolean force;

  @Option(
      names = {"--dryrun", "--dry-run"},
      description = "With --automatic: only shows the groups.")
  private boolean dryRun;

  @Option(
      names = "--uniquegroupid",
      description = "With --automatic: group ids that are no target ids.")
  private boolean uniqueGroupId;

  AddMirrorGroup() {}

  @Override
  public Integer call() {
    boolean byHand = primary != null || secondary != null;
    if (byHand == automatic) {
      throw new ParameterException(
          spec().commandLine(), "either --automatic, or --primary and --secondary");
    }
    if (!automatic && (force || dryRun || uniqueGroupId)) {
      throw new ParameterException(
          spec().commandLine(), "--force, --dryrun and --uniquegroupid go with --automatic");
    }
    if (automatic && groupId != 0) {
      throw new ParameterException(spec().commandLine(), "--automatic chooses the ids itself");
    }
    if (kind != NodeKind.STORAGE) {
      throw new CommandFailure("only storage targets are mirrored in this version of Skep");
    }
    try (ManagementConnection management = connect(locate(Optional.empty()))) {
      if (automatic) {
        automatic(management);
      } else if (primary == null || secondary == null) {
        throw new ParameterException(spec().commandLine(), "--primary and --secondary go together");
      } else {
        add(management, List.of(new MirrorGroupTable.Member(groupId, primary, secondary)));
      }
    }
    return ExitCode.DONE;
  }

  private void automatic(ManagementConnection management) {
    ClusterMap map = status(management).map();
    Pairing.Plan plan = Pairing.of(map, kind);
    List<MirrorGroupTable.Member> fresh = numbered(map, kind, plan, uniqueGroupId);
    String left =
        plan.left().stream()
            .map(one -> one.targetId() + " (" + one.reason() + ")")
            .collect(Collectors.joining(", "));
    if (fresh.isEmpty() && !left.isEmpty()) {
      throw new CommandFailure("no group can be made; without one stay: " + left);
    }
    print(MirrorGroupTable.plan(map, kind, fresh));
    if (fresh.isEmpty()) {
      print(List.of("", "All targets are in groups."));
      return;
    }
    if (!left.isEmpty() && !force && !dryRun) {
      throw new CommandFailure(
          "nothing was changed: without a group would stay " + left + "; --force makes the others");
    }
    print(List.of(""));
    if (dryRun) {
      print(List.of("Only shown: " + fresh.size() + " new groups."));
    } else {
      add(management, fresh);
    }
    if (!left.isEmpty()) {
      print(List.of("Without a group: " + left));
    }
  }

  /// The plan with the lowest free ids.
  ///
  /// @param unique whether ids of targets are not taken
  static List<MirrorGroupTable.Member> numbered(
      ClusterMap map, NodeKind kind, Pairing.Plan plan, boolean unique) {
    List<MirrorGroupTable.Member> fresh = new ArrayList<>();
    int id = 0;
    for (Pairing.Pair pair : plan.pairs()) {
      do {
        id++;
      } while (map.group(kind, id) != null || (unique && map.target(kind, id) != null));
      fresh.add(new MirrorGroupTable.Member(id, pair.primary(), pair.secondary()));
    }
    return fresh;
  }

  private void add(ManagementConnection management, List<MirrorGroupTable.Member> fresh) {
    AddMirrorGroupsReply reply =
        management.call(Operations.ADD_MIRROR_GROUPS, request(kind, fresh), timeoutNanos());
    for (int i = 0; i < fresh.size(); i++) {
      MirrorGroupTable.Member group = fresh.get(i);
      int id = i < reply.getGroupIdsCount() ? reply.getGroupIds(i) : group.groupId();
      print(
          List.of(
              "Mirror buddy group successfully set: groupID "
                  + id
                  + " -> target IDs "
                  + group.primary()
                  + ", "
                  + group.secondary()));
    }
  }

  private static AddMirrorGroupsRequest request(
      NodeKind kind, List<MirrorGroupTable.Member> fresh) {
    AddMirrorGroupsRequest.Builder request =
        AddMirrorGroupsRequest.newBuilder().setKind(MapCodec.message(kind));
    for (MirrorGroupTable.Member group : fresh) {
      request.addGroups(
          NewGroup.newBuilder()
              .setGroupId(group.groupId())
              .setPrimary(group.primary())
              .setSecondary(group.secondary()));
    }
    return request.build();
  }
}
