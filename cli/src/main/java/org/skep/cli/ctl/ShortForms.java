package org.skep.cli.ctl;

import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/// The modes of [Ctl] in the form of today: `skep target list`, `skep node list`, `skep entry
/// info`.
public final class ShortForms {
  private ShortForms() {}

  public static CommandSpec target() {
    return Group.of("target", "Targets.", Map.of("list", ListTargets::new));
  }

  public static CommandSpec node() {
    return Group.of("node", "Nodes.", Map.of("list", ListNodes::new));
  }

  public static CommandSpec entry() {
    return Group.of(
        "entry",
        "Files and directories.",
        Map.of("info", GetEntryInfo::new, "set-pattern", SetPattern::new));
  }
}
