package org.skep.cluster;

/// Where a daemon listens.
public sealed interface Endpoint {

  /// A TCP endpoint; `host` is a name or an address without brackets, `port` from 0 (any free one,
  /// only to listen) to 65535.
  record Tcp(String host, int port) implements Endpoint {
    public Tcp {
      if (host.isEmpty() || host.length() > HOST_LENGTH_MAX) {
        throw new IllegalArgumentException("host name of " + host.length() + " characters");
      }
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port " + port + " is not from 0 to 65535");
      }
    }

    @Override
    public String toString() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /// A Unix domain socket; usable only by processes of the host that has it.
  record Unix(String path) implements Endpoint {
    public Unix {
      if (path.isEmpty() || path.length() > UNIX_PATH_LENGTH_MAX) {
        throw new IllegalArgumentException("socket path of " + path.length() + " characters");
      }
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /// RFC 1035, 2.3.4.
  int HOST_LENGTH_MAX = 255;

  /// `sun_path` of unix(7) has 108 bytes, the last one NUL.
  int UNIX_PATH_LENGTH_MAX = 107;

  /// Parses `host:port`, `[v6]:port`, `host` (with `defaultPort`) or `unix:/path`.
  ///
  /// @throws IllegalArgumentException naming the text, if it is none of these
  static Endpoint parse(String text, int defaultPort) {
    if (text.startsWith("unix:")) {
      return new Unix(text.substring("unix:".length()));
    }
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[");
    boolean portGiven = bracketed ? text.contains("]:") : colon >= 0 && text.indexOf(':') == colon;
    String host = portGiven ? text.substring(0, colon) : text;
    if (bracketed && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new Tcp(host, portGiven ? Integer.parseInt(text.substring(colon + 1)) : defaultPort);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "not an address (host:port or unix:/path): \"" + text + "\"", e);
    }
  }
}
