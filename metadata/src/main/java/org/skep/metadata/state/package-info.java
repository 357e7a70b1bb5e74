/// The state of one shard: [Shard] owns it and is the only one that applies batches; [Records]
/// reads it; a [Draft] gathers the changes of an operation; [InodeLocks] keep operations apart.
@NullMarked
package org.skep.metadata.state;

import org.jspecify.annotations.NullMarked;
