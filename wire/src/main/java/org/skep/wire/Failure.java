package org.skep.wire;

import org.skep.wire.message.FailureMessage;

/// An expected failure of a request, as a value.
///
/// @param errno Linux's number, for kind ERRNO; else 0
/// @param detail names the thing that failed and why; at most 1,000 characters
/// @param mapVersion with STALE_EPOCH and NOT_SERVED: the version of the map that says better, 0 if
///   not known
public record Failure(FailureMessage.Kind kind, int errno, String detail, long mapVersion) {

  private static final int DETAIL_LENGTH_MAX = 1000;

  public Failure {
    if (detail.length() > DETAIL_LENGTH_MAX) {
      detail = detail.substring(0, DETAIL_LENGTH_MAX);
    }
  }

  /// The operation's own answer, which goes to the application.
  public static Failure errno(int errno, String detail) {
    return new Failure(FailureMessage.Kind.ERRNO, errno, detail, 0);
  }

  /// Not now: the client tries again until its own wait is over.
  public static Failure retry(String detail) {
    return new Failure(FailureMessage.Kind.RETRY, 0, detail, 0);
  }

  public static Failure malformed(String detail) {
    return new Failure(FailureMessage.Kind.MALFORMED, 0, detail, 0);
  }

  public static Failure staleEpoch(String detail, long mapVersion) {
    return new Failure(FailureMessage.Kind.STALE_EPOCH, 0, detail, mapVersion);
  }

  public static Failure notServed(String detail, long mapVersion) {
    return new Failure(FailureMessage.Kind.NOT_SERVED, 0, detail, mapVersion);
  }

  public FailureMessage toMessage() {
    return FailureMessage.newBuilder()
        .setKind(kind)
        .setErrno(errno)
        .setDetail(detail)
        .setMapVersion(mapVersion)
        .build();
  }

  /// @throws MalformedFrameException if the kind is unknown or the errno is not from 1 to 4095 in
  ///   an ERRNO
  public static Failure of(FailureMessage message) throws MalformedFrameException {
    boolean errno = message.getKind() == FailureMessage.Kind.ERRNO;
    if (message.getKind() == FailureMessage.Kind.UNRECOGNIZED
        || (errno && (message.getErrno() < 1 || message.getErrno() > 4095))) {
      throw new MalformedFrameException(
          "failure of kind " + message.getKindValue() + ", errno " + message.getErrno());
    }
    return new Failure(
        message.getKind(), message.getErrno(), message.getDetail(), message.getMapVersion());
  }
}
