package dev.weft.perf;

import com.example.perf.TlsFiles;
import java.io.IOException;
import java.util.EnumSet;

/** What two proxies cost, beside the agent on both sides and beside no mesh at all. */
final class ProxySection {
  private static final double MOST_MEGABYTES = 90;

  private ProxySection() {}

  static void run(
      Setup setup,
      Report report,
      Budgets budgets,
      ProcFs proc,
      TlsFiles tls,
      Mesh mesh,
      LoadSection.Plan plan)
      throws IOException, InterruptedException {
    EnumSet<LegKind> kinds =
        EnumSet.of(LegKind.PLAIN_1, LegKind.PLAIN_2, LegKind.WEFT, LegKind.PROXY, LegKind.ENVOY);
    try (Legs legs =
        Legs.start(setup, proc, "proxy", Legs.ClientKind.JDK, tls, mesh, false, kinds)) {
      new LoadSection(plan, report, budgets).run(legs, setup.folder().resolve("proxy.csv"));
      report.line("");
      for (Leg leg : legs.all()) {
        Leg.Proxies proxies = leg.proxies();
        if (proxies != null && leg.kind().proxied()) {
          ours("the client's proxy", proxies.ofClient(), proc, report, budgets);
          ours("the server's proxy", proxies.ofServer(), proc, report, budgets);
        } else if (proxies != null) {
          resident("the client's Envoy", proxies.ofClient(), proc, report);
          resident("the server's Envoy", proxies.ofServer(), proc, report);
        }
      }
    }
  }

  private static void ours(String which, Jvm proxy, ProcFs proc, Report report, Budgets budgets) {
    double megabytes = resident(which, proxy, proc, report);
    budgets.atMost(MOST_MEGABYTES, " MB", "RSS of " + which + " after the load", megabytes);
  }

  private static double resident(String which, Jvm proxy, ProcFs proc, Report report) {
    double megabytes = proc.residentKiB(proxy.pid()) / 1024.0;
    report.line("  RSS of %s after the load: %.1f MB", which, megabytes);
    return megabytes;
  }
}
