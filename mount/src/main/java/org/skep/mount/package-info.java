/// The POSIX mount: the kernel's operations ([MountOperations]) answered with the client library.
///
/// The kernel checks permissions (`default_permissions`, ACLs) and keeps the rules of path walking.
/// Files open for writing use direct I/O, so that what is written leaves the kernel at once;
/// readers use the page cache, which is kept from one opening to the next as long as the file's
/// data version is the same.
///
/// Trap: never tell the kernel to forget something on a thread that serves a request
/// ([Invalidations] has its own).
@NullMarked
package org.skep.mount;

import org.jspecify.annotations.NullMarked;
