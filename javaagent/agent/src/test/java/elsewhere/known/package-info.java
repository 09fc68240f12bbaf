@NullMarked
package elsewhere.known;

import org.jspecify.annotations.NullMarked;
