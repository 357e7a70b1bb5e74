/// The FUSE protocol of the Linux kernel (`linux/fuse.h`, 7.31 to 7.45): bytes in, bytes out, no
/// descriptor.
///
/// A tour: a file system implements [org.skep.fuse.FuseOperations]. [org.skep.fuse.FuseEngine]
/// takes a request from the buffer of a [org.skep.fuse.FuseRequest], finds its row in `Opcode`,
/// lets the row's handler check and decode the arguments, calls the operation with a reply object
/// of the same `FuseRequest`, and sends the reply through a [org.skep.fuse.ReplyChannel]. What may
/// wait for ever is answered by a [org.skep.fuse.DeferredReply]. [org.skep.fuse.FuseNotifier]
/// speaks to the kernel unasked. The device, the mount and the threads are in
/// `org.skep.fuse.session`.
///
/// Known traps:
///
/// * Notifications from a serving thread deadlock with the kernel ([org.skep.fuse.FuseNotifier]).
/// * A serving process must not touch its own mount, and must not map its files: a page fault of
///   the JVM can wait for the JVM.
/// * Lookups of one directory share its lock in the kernel, and a creation waits for all of them:
///   one slow lookup stops creations in that directory, however many threads serve.
/// * Without `HANDLE_KILLPRIV_V2` each write is preceded by a GETXATTR; with it, dropping suid and
///   sgid is ours.
/// * With `DONT_MASK` the umask is ours to apply.
/// * The data of a WRITE and the request context are worth nothing after the operation has
///   returned.
/// * A lock that waits holds a serving thread unless it's deferred.
@org.jspecify.annotations.NullMarked
package org.skep.fuse;
