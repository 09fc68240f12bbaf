package dev.weft.perf;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The engine's two ways by JMH, alone on its thread: nanoseconds of CPU, and bytes. */
final class EngineSection {
  private EngineSection() {}

  static void run(Path java, Report report, Budgets budgets) {
    report.heading("One pass of the engine");
    for (RunResult result : measure(EngineBenchmark.class, java)) {
      report.line(
          "  100 routes, 1,000 endpoints: %.0f ns, %.0f bytes", nanos(result), bytes(result));
      budgets.atMost(500, " ns", "one pass of the engine", nanos(result));
      budgets.atMost(200, " B", "one pass of the engine", bytes(result));
    }
    report.line("");
    report.line("  of that, from the pool of endpoints on:");
    report.line("  %-18s %-10s %8s %8s", "balancing", "breakers", "ns", "bytes");
    for (RunResult result : measure(PoolBenchmark.class, java)) {
      report.line(
          "  %-18s %-10s %8.0f %8.0f",
          result.getParams().getParam("balancing"),
          result.getParams().getParam("breakers"),
          nanos(result),
          bytes(result));
    }
  }

  /** One decision about a request that has come in. */
  static void authorize(Path java, Report report) {
    report.heading("One decision of AuthorizationPolicies");
    report.line("  10 policies, 20 rules:");
    report.line("  %-24s %8s %8s", "outcome", "ns", "bytes");
    for (RunResult result : measure(AuthorizeBenchmark.class, java)) {
      report.line(
          "  %-24s %8.0f %8.0f",
          result.getParams().getParam("outcome").toLowerCase(Locale.ROOT).replace('_', ' '),
          nanos(result),
          bytes(result));
    }
  }

  private static Collection<RunResult> measure(Class<?> benchmark, Path java) {
    try {
      return new Runner(
              new OptionsBuilder()
                  .include(benchmark.getName())
                  .jvm(java.toString())
                  .forks(1)
                  .threads(1)
                  .warmupIterations(3)
                  .warmupTime(TimeValue.seconds(1))
                  .measurementIterations(5)
                  .measurementTime(TimeValue.seconds(1))
                  .addProfiler(GCProfiler.class)
                  .addProfiler(CpuProfiler.class)
                  .verbosity(VerboseMode.SILENT)
                  .build())
          .run();
    } catch (RunnerException e) {
      throw new IllegalStateException("the benchmark of the engine failed", e);
    }
  }

  /** Of CPU: least disturbed by what else the machine does. */
  private static double nanos(RunResult result) {
    return secondary(result, CpuProfiler.LABEL);
  }

  private static double bytes(RunResult result) {
    return secondary(result, "gc.alloc.rate.norm");
  }

  private static double secondary(RunResult result, String label) {
    Result<?> found = result.getSecondaryResults().get(label);
    return found == null ? Double.NaN : found.getScore();
  }
}
