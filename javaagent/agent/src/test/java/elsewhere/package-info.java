@NullMarked
package elsewhere;

import org.jspecify.annotations.NullMarked;
