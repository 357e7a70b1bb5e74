@org.jspecify.annotations.NullMarked
package org.skep.fuse;
