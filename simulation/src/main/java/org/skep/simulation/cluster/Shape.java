package org.skep.simulation.cluster;

/// How big a cluster is.
///
/// @param metadataServers with one shard each
/// @param storageServers with one target each
/// @param secured whether connections are authenticated
public record Shape(int metadataServers, int storageServers, int clients, boolean secured) {}
