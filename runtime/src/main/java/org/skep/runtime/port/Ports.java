package org.skep.runtime.port;

/// The ports that every service takes. Disks and stores come beside them, one for each target.
public record Ports(Clock clock, Chance chance, Network network, Threads threads) {}
