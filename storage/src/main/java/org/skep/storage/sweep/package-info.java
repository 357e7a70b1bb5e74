/// Removes chunk files whose inode is gone: what a crash, or a late write of a lost client, left
/// behind. See [Sweep].
@NullMarked
package org.skep.storage.sweep;

import org.jspecify.annotations.NullMarked;
