/// What a shard is asked: one class for each operation of `metadata.proto`. [ShardOperations] is
/// the door: it finds the operation, answers repetitions, and turns failures into answers.
@NullMarked
package org.skep.metadata.operation;

import org.jspecify.annotations.NullMarked;
