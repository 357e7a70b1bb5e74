/// The chunk files of one target. [ChunkStore] is the door: nobody else touches them. Behind it,
/// [DescriptorCache] keeps few files open for many requests, and [DirectorySyncs] knows which names
/// a crash of the host would still lose. [SegmentedFile] is a chunk file as large as a file may be,
/// of local files that may not.
///
/// Traps: a missing chunk file is an empty one, so whoever finds none makes sure that the target's
/// directory is still the right one ([ChunkStore] does). An errno of the disk that is about our
/// files and not about the application's (ENOENT, EBADF) is never given to the application.
@NullMarked
package org.skep.storage.chunk;

import org.jspecify.annotations.NullMarked;
