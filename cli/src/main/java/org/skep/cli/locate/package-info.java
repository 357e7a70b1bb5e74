/// Finding things: the cluster a command means ([ClusterSearch]), the mounts of this machine
/// ([MountTable]), and what a `skep up` wrote down about itself ([UpState]).
@NullMarked
package org.skep.cli.locate;

import org.jspecify.annotations.NullMarked;
