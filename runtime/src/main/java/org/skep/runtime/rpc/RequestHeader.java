package org.skep.runtime.rpc;

/// What the caller decides of a request's frame header; see `FrameHeader`.
///
/// @param destination target or group id; 0: the process itself
/// @param epoch of the destination
/// @param sequence of a change; 0: a repetition does no harm
/// @param mark all sequences below are completed
public record RequestHeader(int destination, long epoch, int flags, long sequence, long mark) {

  /// For requests to the process itself.
  public static final RequestHeader PROCESS = new RequestHeader(0, 0, 0, 0, 0);
}
