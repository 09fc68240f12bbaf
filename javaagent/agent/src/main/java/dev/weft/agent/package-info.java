/**
 * What the JVM sees of the agent: {@code premain}, and as little else as can be. These classes are
 * on the application's class path (that is where {@code -javaagent} puts them); everything else is
 * in the isolated loader ({@code dev.weft.agent.host} and below it the runtime) or on the bootstrap
 * loader (the bridge).
 *
 * <p>No lambda, no regular expression, no logging framework in this package: it runs before the
 * application does, in every JVM that has the flag.
 */
@NullMarked
package dev.weft.agent;

import org.jspecify.annotations.NullMarked;
