/// The session over `/dev/fuse`: mounting, the serving threads, unmounting.
/// [org.skep.fuse.session.FuseSession] is the door.
///
/// How it runs: `readers` descriptors of the device, cloned from the one that was mounted, with one
/// thread each; a request is served on the thread that read it, in that thread's buffer. When all
/// threads are busy for a tenth of a second, a spare thread joins them (up to a bound), so that
/// interrupts and other requests still get served while servers are away.
///
/// Traps: a reply must go through the descriptor that its request was read from. A thread blocked
/// in read(2) of the device isn't woken by closing it: only the end of the mount (ENODEV) or an
/// abort of the connection wakes it.
@org.jspecify.annotations.NullMarked
package org.skep.fuse.session;
