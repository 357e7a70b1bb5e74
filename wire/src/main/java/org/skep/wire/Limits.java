package org.skep.wire;

/// The sizes that bound what a peer can make us hold.
public final class Limits {

  /// The largest protobuf message of a frame: a cluster map of 65,535 targets fits.
  public static final int MESSAGE_BYTES_MAX = 8 << 20;

  /// The largest message before the peer is authenticated.
  public static final int HANDSHAKE_MESSAGE_BYTES_MAX = 1024;

  /// The largest bulk payload: one FUSE request.
  public static final int BULK_BYTES_MAX = 1 << 20;

  /// The longest name of a directory entry, in bytes (`NAME_MAX`).
  public static final int NAME_BYTES_MAX = 255;

  /// The longest symlink target, in bytes (`PATH_MAX` without its NUL).
  public static final int SYMLINK_BYTES_MAX = 4095;

  /// The longest name and value of an extended attribute (`XATTR_NAME_MAX`, `XATTR_SIZE_MAX`).
  public static final int XATTR_NAME_BYTES_MAX = 255;

  public static final int XATTR_VALUE_BYTES_MAX = 64 << 10;

  /// The largest file: 8 EiB - 1 (`loff_t`).
  public static final long FILE_BYTES_MAX = Long.MAX_VALUE;

  private Limits() {}
}
