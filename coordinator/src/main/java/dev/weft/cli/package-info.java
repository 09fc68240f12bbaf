/**
 * The command line, {@code bin/weft}: one program over the admin API. {@link dev.weft.cli.Weft}
 * lists the commands; each is a class of its own.
 */
@NullMarked
package dev.weft.cli;

import org.jspecify.annotations.NullMarked;
