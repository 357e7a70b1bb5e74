package org.skep.fuse.session;

/// Makes and starts the session's threads. They must be platform threads, since they block in
/// system calls.
@FunctionalInterface
public interface ThreadStarter {
  Thread start(String name, Runnable body);
}
