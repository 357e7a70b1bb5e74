@NullMarked
package org.skep.management;

import org.jspecify.annotations.NullMarked;
