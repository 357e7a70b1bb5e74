@NullMarked
package org.skep.storage;

import org.jspecify.annotations.NullMarked;
