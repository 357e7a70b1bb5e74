/// Requests and answers over connections.
///
/// The tour: [RpcServer] accepts; each `ServerConnection` goes through [ServerHandshake], is
/// admitted by `ClientFences`, and is then served by [RequestCycle] on a thread of a `WorkerPool`,
/// or parked. [Dispatcher] finds the [Handler] or [StreamingHandler]. [RpcClient] has a
/// `ProcessPool` for each server process, with the client's side of the fence. [FrameReader] and
/// [FrameWriter] are the bytes of both sides.
///
/// Known traps:
///
/// * A [StreamingHandler] runs while its client still sends: it may hold a lock until the client
///   goes on, at most the frame's time. [BulkStream#breakOff] ends that.
/// * A handler must be done when it returns: what it leaves to another thread escapes the fence.
/// * A handler that asks other servers may wait for their threads; requests of servers have threads
///   and buffers of their own, so that this never waits in a circle. A client's request may make a
///   server ask another one, whose handler may forward (`FLAG_FORWARDED`) what it does to its
///   buddy: such requests come by connections of their own, to threads of their own. Their handlers
///   must not send requests that are waited for. Nor may the handler of a server's request wait for
///   another one that is not forwarded, unless it goes to a server of the next kind (metadata to
///   storage).
/// * An IOException from [RpcClient#call] doesn't say that the request had no effect.
@NullMarked
package org.skep.runtime.rpc;

import org.jspecify.annotations.NullMarked;
