/// Brings a group's secondary up to date while the group serves, as docs/design/mirroring.md says
/// under "Resync". [Resync] decides when, on a thread of its own for each member; one run of it is
/// a [ResyncRun]: it finds what is to be looked at ([ChunkListings], the change log), and its
/// workers make it equal piece by piece ([Equalizer]), asking the other member through [Secondary].
///
/// Traps: what is forgotten from the change log must be locked and equal at that moment, with every
/// change since the run began forwarded; bytes and lengths are compared under the lock only. A
/// failure of one chunk file (an errno) lets the others go on; anything else ends the run, which
/// comes again.
@NullMarked
package org.skep.storage.resync;

import org.jspecify.annotations.NullMarked;
