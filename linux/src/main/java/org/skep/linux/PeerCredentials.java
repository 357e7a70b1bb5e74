package org.skep.linux;

/// Who made the other end of a Unix stream socket, as the kernel saw it at connect or listen.
public record PeerCredentials(int pid, int uid, int gid) {}
