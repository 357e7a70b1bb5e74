/// What travels between the processes of a cluster: frames, messages, operations, failures.
///
/// A request is one frame, its answer is one frame; a connection carries one request at a time. A
/// frame is a fixed header ([FrameHeader]), a protobuf message, and bulk bytes that never pass
/// through protobuf. The table of all requests is [Operations].
@NullMarked
package org.skep.wire;

import org.jspecify.annotations.NullMarked;
