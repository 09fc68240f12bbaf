@NullMarked
package dev.weft.ca;

import org.jspecify.annotations.NullMarked;
