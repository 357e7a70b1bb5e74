/// In-memory twins of the metadata server's ports, a cluster of shards on one thread, and the
/// checker of a whole namespace; for the tests here and for the simulation.
package org.skep.metadata.twin;
