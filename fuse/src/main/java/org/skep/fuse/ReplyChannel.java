package org.skep.fuse;

import org.skep.linux.IoVector;

/// Where replies and notifications go: the device, or a test.
public interface ReplyChannel {
  /// Sends one message by one call, on the thread that serves its request. Gives the bytes sent or
  /// `-errno`: ENOENT says that nobody waits for the reply any more, which is no trouble.
  long send(IoVector message);

  /// As [#send] for a thread that serves no request (a deferred reply, a notification): after the
  /// channel was closed it does nothing and gives `-ENODEV`.
  long sendDetached(IoVector message);
}
