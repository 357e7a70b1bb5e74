/// Requests and answers over connections: [RpcServer] serves them, [RpcClient] sends them.
@NullMarked
package org.skep.runtime.rpc;

import org.jspecify.annotations.NullMarked;
