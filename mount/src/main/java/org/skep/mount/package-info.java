@NullMarked
package org.skep.mount;

import org.jspecify.annotations.NullMarked;
