@NullMarked
package org.skep.mirror;

import org.jspecify.annotations.NullMarked;
