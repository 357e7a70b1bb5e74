@org.jspecify.annotations.NullMarked
package org.skep.linux;
