package dev.weft.perf;

import com.example.perf.Outcome;

/**
 * One measurement of one leg.
 *
 * @param clientCpuSeconds of the client's process, user and system
 * @param foreignCpus CPUs kept busy by everything else on this machine, 0 to their number
 * @param connections TCP connections that the server had when the measured time began
 */
record Measurement(
    Outcome outcome,
    double clientCpuSeconds,
    double serverCpuSeconds,
    double foreignCpus,
    int connections) {

  double perSecond() {
    return outcome.perSecond();
  }

  double clientMicros() {
    return clientCpuSeconds * 1e6 / Math.max(1, outcome.requests());
  }

  double serverMicros() {
    return serverCpuSeconds * 1e6 / Math.max(1, outcome.requests());
  }

  /** CPU a request, both processes together, in microseconds. */
  double micros() {
    return clientMicros() + serverMicros();
  }

  double p50Micros() {
    return outcome.p50Nanos() / 1e3;
  }

  double p99Micros() {
    return outcome.p99Nanos() / 1e3;
  }
}
