/// Requests of the client: [Servers] is the port to the cluster, [Calls] turns answers into results
/// and [org.skep.client.ErrnoException]s and numbers the changes, [Lanes] run requests to different
/// targets at the same time, [Join] waits for them.
@NullMarked
package org.skep.client.call;

import org.jspecify.annotations.NullMarked;
