/** What agents and proxies have reported of the traffic between services, put together. */
@NullMarked
package dev.weft.coordinator.telemetry;

import org.jspecify.annotations.NullMarked;
