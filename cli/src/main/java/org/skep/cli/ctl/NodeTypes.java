package org.skep.cli.ctl;

import java.util.List;
import org.skep.cluster.NodeKind;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// The words of `--nodetype`.
final class NodeTypes implements ITypeConverter<NodeKind> {

  /// For help and completion.
  static final class Words implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return List.of("meta", "storage", "management", "client").iterator();
    }
  }

  @Override
  public NodeKind convert(String word) {
    return switch (word) {
      case "meta", "metadata" -> NodeKind.METADATA;
      case "storage" -> NodeKind.STORAGE;
      case "mgmt", "mgmtd", "management" -> NodeKind.MANAGEMENT;
      case "client" -> NodeKind.CLIENT;
      default ->
          throw new TypeConversionException(
              "\"" + word + "\" is none of meta, storage, management, client");
    };
  }
}
