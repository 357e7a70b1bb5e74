package org.skep.simulation.cluster;

/// How big a cluster is.
///
/// @param metadataServers with one shard each
/// @param storageServers with one target each
/// @param secured whether connections are authenticated
/// @param mirrored whether storage targets are paired, and files are striped over the groups
public record Shape(
    int metadataServers, int storageServers, int clients, boolean secured, boolean mirrored) {

  /// Without groups.
  public Shape(int metadataServers, int storageServers, int clients, boolean secured) {
    this(metadataServers, storageServers, clients, secured, false);
  }

  /// With `groupCount` groups of two storage targets.
  public static Shape mirrored(int metadataServers, int groupCount, int clients) {
    return new Shape(metadataServers, 2 * groupCount, clients, false, true);
  }
}
