package dev.weft.perf;

import java.nio.file.Path;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** One pass of the engine by JMH, alone on its thread: nanoseconds and bytes. */
final class EngineSection {
  private static final String DEFAULT = "PEAK_EWMA";

  private EngineSection() {}

  static void run(Path java, Report report, Budgets budgets) {
    report.heading("One pass of the engine, 1,000 endpoints");
    report.line("  %-18s %-10s %12s %14s", "balancing", "breakers", "ns", "bytes");
    try {
      for (RunResult result :
          new Runner(
                  new OptionsBuilder()
                      .include(EngineBenchmark.class.getName())
                      .jvm(java.toString())
                      .forks(1)
                      .threads(1)
                      .warmupIterations(3)
                      .warmupTime(TimeValue.seconds(2))
                      .measurementIterations(5)
                      .measurementTime(TimeValue.seconds(2))
                      .addProfiler(GCProfiler.class)
                      .verbosity(VerboseMode.SILENT)
                      .build())
              .run()) {
        String balancing = result.getParams().getParam("balancing");
        String breakers = result.getParams().getParam("breakers");
        double nanos = result.getPrimaryResult().getScore();
        Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
        double bytes = allocated == null ? Double.NaN : allocated.getScore();
        report.line("  %-18s %-10s %12.1f %14.1f", balancing, breakers, nanos, bytes);
        if (balancing.equals(DEFAULT)) {
          String what = "engine, a call" + (breakers.equals("true") ? ", with breakers" : "");
          budgets.atMost(500, " ns", what, nanos);
          budgets.atMost(200, " B", what, bytes);
        }
      }
    } catch (RunnerException e) {
      throw new IllegalStateException("the benchmark of the engine failed", e);
    }
  }
}
