/// Sizes, rates and durations as people write and read them.
@NullMarked
package org.skep.cli.quantity;

import org.jspecify.annotations.NullMarked;
