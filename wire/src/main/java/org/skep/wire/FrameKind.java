package org.skep.wire;

/// What a frame is for; the number stands in its header.
public enum FrameKind {
  HELLO(1),
  CHALLENGE(2),
  PROOF(3),
  /// The server's answer to a good proof; requests may follow.
  WELCOME(4),
  REQUEST(5),
  REPLY(6),
  /// The answer to a request that did not succeed; its message is a `FailureMessage`.
  FAILURE(7);

  private static final FrameKind[] BY_CODE = new FrameKind[8];

  static {
    for (FrameKind kind : values()) {
      BY_CODE[kind.code] = kind;
    }
  }

  private final int code;

  FrameKind(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /// @throws MalformedFrameException if there is no such kind
  static FrameKind of(int code) throws MalformedFrameException {
    if (code < 1 || code >= BY_CODE.length) {
      throw new MalformedFrameException("frame kind " + code);
    }
    return BY_CODE[code];
  }
}
