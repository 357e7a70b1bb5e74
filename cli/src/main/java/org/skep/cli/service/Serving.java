package org.skep.cli.service;

import java.util.List;
import java.util.stream.Collectors;
import org.skep.cluster.Endpoint;

/// Phrases that say what a service serves and where.
final class Serving {
  private Serving() {}

  /// `target 101` or `targets 101, 102`.
  static String targets(List<Integer> ids) {
    String list = ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return (ids.size() == 1 ? "target " : "targets ") + list;
  }

  static String at(List<Endpoint> endpoints) {
    return endpoints.stream().map(Object::toString).collect(Collectors.joining(", "));
  }
}
