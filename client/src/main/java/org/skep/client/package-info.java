/// Files as a library: [FileSystem] and [OpenFile]. The mount and other doors stand on it.
@NullMarked
package org.skep.client;

import org.jspecify.annotations.NullMarked;
