@NullMarked
package org.skep.metadata;

import org.jspecify.annotations.NullMarked;
