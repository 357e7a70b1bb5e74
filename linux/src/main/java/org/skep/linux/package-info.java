/// The one place that calls Linux natively, through `java.lang.foreign`. One class for each
/// subject:
///
/// | class | subject |
/// | --- | --- |
/// | [org.skep.linux.Errno], [org.skep.linux.SystemCallException] | failures |
/// | [org.skep.linux.Descriptors], [org.skep.linux.OpenFlags], [org.skep.linux.IoVector] | open, read, write, sync of files |
/// | [org.skep.linux.FileRanges], [org.skep.linux.FileStatus], [org.skep.linux.FileSystemSpace], [org.skep.linux.Paths] | status, space, names |
/// | [org.skep.linux.Sockets], [org.skep.linux.SocketData], [org.skep.linux.SocketOptions], [org.skep.linux.PeerCredentials] | stream sockets |
/// | [org.skep.linux.Epoll], [org.skep.linux.EventDescriptor] | waiting for many descriptors |
/// | [org.skep.linux.Mounts], [org.skep.linux.Processes] | mount(2), ids, signals |
///
/// Rules that hold for every call:
///
/// * A descriptor is a plain `int`. Who opened it closes it, once: a second close may hit another's
///   descriptor.
/// * All descriptors are opened with close-on-exec.
/// * Memory is off-heap: a native [java.lang.foreign.MemorySegment], or a direct
///   [java.nio.ByteBuffer] of which the bytes from position to limit are meant (the position is
///   never moved). The memory must stay open until the call returns.
/// * A failure is a [org.skep.linux.SystemCallException]; methods whose name begins with `try` give
///   `-errno` instead and allocate nothing.
/// * EINTR is retried unless the method's comment says otherwise.
/// * Calls block the platform thread, and pin a virtual one.
/// * Trap: errno is captured by the downcall itself into a segment of the calling thread. There's
///   no later moment to ask for it.
@org.jspecify.annotations.NullMarked
package org.skep.linux;
