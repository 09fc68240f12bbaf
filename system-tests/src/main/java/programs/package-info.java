/**
 * Small programs as anybody writes them: none knows of Weft, and nothing of Weft is on their class
 * path. They talk to the tests by lines on stdin and stdout.
 */
@NullMarked
package programs;

import org.jspecify.annotations.NullMarked;
