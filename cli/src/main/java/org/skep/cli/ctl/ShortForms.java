package org.skep.cli.ctl;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/// The modes of [Ctl] in the form of today: `skep target list`, `skep node list`, `skep entry
/// info`, `skep mirror resync start`.
public final class ShortForms {
  private ShortForms() {}

  public static CommandSpec target() {
    return Group.of("target", "Targets.", Map.of("list", ListTargets::new));
  }

  public static CommandSpec node() {
    return Group.of("node", "Nodes.", Map.of("list", ListNodes::new));
  }

  public static CommandSpec mirror() {
    Map<String, Supplier<ClusterCommand>> resync = new LinkedHashMap<>();
    resync.put("start", StartResync::new);
    resync.put("stats", ResyncStats::new);
    resync.put("restart", RestartResync::new);
    Map<String, Supplier<ClusterCommand>> commands = new LinkedHashMap<>();
    commands.put("add", AddMirrorGroup::new);
    commands.put("metadata", MirrorMetadata::new);
    commands.put("list", ListMirrorGroups::new);
    commands.put("remove", RemoveMirrorGroup::new);
    commands.put("set-state", SetState::new);
    CommandSpec mirror = Group.of("mirror", "Mirror groups.", commands);
    return mirror.addSubcommand(
        "resync", Group.of("resync", "Bringing a member up to date.", resync));
  }

  public static CommandSpec entry() {
    return Group.of(
        "entry",
        "Files and directories.",
        Map.of("info", GetEntryInfo::new, "set-pattern", SetPattern::new));
  }
}
