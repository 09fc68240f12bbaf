@NullMarked
package dev.weft.proxy.net;

import org.jspecify.annotations.NullMarked;
