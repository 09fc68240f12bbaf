/**
 * The bridge: the only classes of Weft that woven code sees. They are defined on the bootstrap
 * loader, so that advice inlined into any class of any loader can call them, and they speak in
 * types of the JDK only. Everything behind the interfaces lives in the agent's own isolated loader.
 *
 * <p>{@link dev.weft.bridge.Bridge} is the one way in.
 */
@NullMarked
package dev.weft.bridge;

import org.jspecify.annotations.NullMarked;
