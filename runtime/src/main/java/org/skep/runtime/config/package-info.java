/// Settings of the daemons: declared once as [Setting]s, given by options, environment variables
/// and a TOML file, in this order of priority, and kept with their origin in a [Configuration].
///
/// The tour: [ValueType] parses one kind of value; [Setting] is a key with its type, default and
/// explanation; [ConfigurationFile] is a TOML text with the lines of its keys; [Configuration] is
/// what results. This package reads no file and no environment itself: the command line does.
@NullMarked
package org.skep.runtime.config;

import org.jspecify.annotations.NullMarked;
