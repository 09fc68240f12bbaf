package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetsTest {
  @Test
  void print_tellsTheMetFromTheMissed(@TempDir Path folder) {
    Budgets budgets = new Budgets();
    budgets.atMost(1.05, "", "at most", 1.05);
    budgets.atMost(1.05, "", "too much", 1.06);
    budgets.atLeast(0.95, "", "at least", 0.95);
    budgets.atLeast(0.95, "", "too little", 0.94);
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    try (Report report =
        new Report(
            new PrintStream(screen, true, StandardCharsets.UTF_8), folder.resolve("report.txt"))) {
      budgets.print(report);
    }
    assertThat(screen.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.contains("budget "))
        .extracting(line -> line.strip().split(" {2,}")[0] + line.substring(line.lastIndexOf(' ')))
        .containsExactly("at most met", "too much MISSED", "at least met", "too little MISSED");
    assertThat(folder.resolve("report.txt")).hasContent(screen.toString(StandardCharsets.UTF_8));
  }
}
