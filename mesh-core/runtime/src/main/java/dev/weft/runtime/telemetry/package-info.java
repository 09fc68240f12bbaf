/**
 * What has happened, counted: edges between services, callers without mesh TLS, the access log; and
 * how it leaves the process: a port for Prometheus, and a brief report to the coordinator.
 *
 * <p>Counting takes no lock and, once a series exists, makes no garbage worth the name. Everything
 * is bounded: what would be one series too many is counted under {@code other}.
 */
@NullMarked
package dev.weft.runtime.telemetry;

import org.jspecify.annotations.NullMarked;
