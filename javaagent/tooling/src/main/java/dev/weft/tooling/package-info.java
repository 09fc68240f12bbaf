/**
 * What instrumentation modules are written with, on top of the OpenTelemetry Java agent extension
 * API. Lives in the agent's isolated loader; woven code never sees it.
 */
@NullMarked
package dev.weft.tooling;

import org.jspecify.annotations.NullMarked;
