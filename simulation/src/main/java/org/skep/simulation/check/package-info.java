/// What must be true of a cluster when all clients have ended and all work is done.
@NullMarked
package org.skep.simulation.check;

import org.jspecify.annotations.NullMarked;
