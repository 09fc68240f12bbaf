/** What runs while the agent is built; not shipped. */
@NullMarked
package dev.weft.agent.build;

import org.jspecify.annotations.NullMarked;
