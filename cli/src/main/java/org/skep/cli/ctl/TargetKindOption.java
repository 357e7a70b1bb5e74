package org.skep.cli.ctl;

import java.util.List;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `--nodetype` of a command about targets, which only two kinds of nodes have; to be mixed in.
final class TargetKindOption {

  /// For help and completion.
  static final class Words implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return List.of("meta", "storage").iterator();
    }
  }

  @Option(
      names = "--nodetype",
      paramLabel = "TYPE",
      defaultValue = "storage",
      converter = NodeTypes.class,
      completionCandidates = Words.class,
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private NodeKind kind = NodeKind.STORAGE;

  TargetKindOption() {}

  /// METADATA or STORAGE.
  ///
  /// @throws ParameterException if another one was given
  NodeKind of(CommandSpec spec) {
    if (kind != NodeKind.STORAGE && kind != NodeKind.METADATA) {
      throw new ParameterException(
          spec.commandLine(), "only meta and storage nodes have targets and mirror groups");
    }
    return kind;
  }
}
