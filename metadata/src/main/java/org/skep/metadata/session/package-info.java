/// Sessions of clients at one shard.
///
/// Traps: a lease is counted in this server's own time and starts anew when the server does, so
/// that nobody loses files and locks because the server was away.
@NullMarked
package org.skep.metadata.session;

import org.jspecify.annotations.NullMarked;
