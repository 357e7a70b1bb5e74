@NullMarked
package org.skep.simulation;

import org.jspecify.annotations.NullMarked;
