/// Services that run in this process, whether each is a daemon of its own or all are one `skep up`:
/// [Services] builds them.
@NullMarked
package org.skep.cli.service;

import org.jspecify.annotations.NullMarked;
