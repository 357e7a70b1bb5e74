/// The [org.skep.client.FileSystem] of a cluster: [ClusterFileSystem] is the door, one class for
/// each subject behind it. [ClusterClient] builds one from addresses and ports.
@NullMarked
package org.skep.client.system;

import org.jspecify.annotations.NullMarked;
