/**
 * The host: runs instrumentation modules written against the OpenTelemetry Java agent extension
 * API, and starts the runtime. In the isolated loader.
 */
@NullMarked
package dev.weft.agent.host;

import org.jspecify.annotations.NullMarked;
