package dev.weft.perf;

import com.example.perf.Outcome;

/**
 * One measurement of one leg.
 *
 * @param clientCpuSeconds of the client's process, user and system
 * @param clientProxyCpuSeconds of the client's proxy; 0 if it has none, as the server's
 * @param foreignCpus CPUs kept busy by everything else on this machine, 0 to their number
 * @param connections TCP connections that the server had when the measured time began
 */
record Measurement(
    Outcome outcome,
    double clientCpuSeconds,
    double serverCpuSeconds,
    double clientProxyCpuSeconds,
    double serverProxyCpuSeconds,
    double foreignCpus,
    int connections) {

  double perSecond() {
    return outcome.perSecond();
  }

  double clientMicros() {
    return aRequest(clientCpuSeconds);
  }

  double serverMicros() {
    return aRequest(serverCpuSeconds);
  }

  double clientProxyMicros() {
    return aRequest(clientProxyCpuSeconds);
  }

  double serverProxyMicros() {
    return aRequest(serverProxyCpuSeconds);
  }

  private double aRequest(double cpuSeconds) {
    return cpuSeconds * 1e6 / Math.max(1, outcome.requests());
  }

  /** CPU a request, all processes of the leg together, in microseconds. */
  double micros() {
    return clientMicros() + serverMicros() + clientProxyMicros() + serverProxyMicros();
  }

  double p50Micros() {
    return outcome.p50Nanos() / 1e3;
  }

  double p99Micros() {
    return outcome.p99Nanos() / 1e3;
  }
}
