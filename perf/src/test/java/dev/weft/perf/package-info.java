@NullMarked
package dev.weft.perf;

import org.jspecify.annotations.NullMarked;
