package org.skep.simulation.cluster;

/// How big a cluster is.
///
/// @param metadataServers with one target each
/// @param storageServers with one target each
/// @param secured whether connections are authenticated
/// @param mirrored whether storage targets are paired, and files are striped over the groups
/// @param mirroredShards how many shards get a second metadata server; the other servers have a
///   shard of their own
/// @param spares whether each metadata server keeps a spare
public record Shape(
    int metadataServers,
    int storageServers,
    int clients,
    boolean secured,
    boolean mirrored,
    int mirroredShards,
    boolean spares) {

  /// Without groups.
  public Shape(int metadataServers, int storageServers, int clients, boolean secured) {
    this(metadataServers, storageServers, clients, secured, false, 0, false);
  }

  /// With `groupCount` groups of two storage targets.
  public static Shape mirrored(int metadataServers, int groupCount, int clients) {
    return new Shape(metadataServers, 2 * groupCount, clients, false, true, 0, false);
  }

  /// With one storage server.
  ///
  /// @param single shards of one server, beside the mirrored ones
  public static Shape mirroredShards(int mirrored, int single, int clients) {
    return new Shape(2 * mirrored + single, 1, clients, false, false, mirrored, false);
  }

  /// The same, but that each metadata server keeps a spare.
  public Shape withSpares() {
    return new Shape(
        metadataServers, storageServers, clients, secured, mirrored, mirroredShards, true);
  }
}
