package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/settings.md} says what {@link Settings#KEYS} says. {@code mvn -pl mesh-core/runtime
 * -am test -Dtest=SettingsDocTest -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true} writes
 * it.
 */
class SettingsDocTest {
  private static final Path DOC = Path.of("../../docs/settings.md");

  private static final String HEAD =
      """
      # Settings

      Each setting is a system property of the JVM, or else an environment variable, or else a line of
      the properties file that `weft.config` names, or else, for some, what the mesh's
      [MeshConfig](policy.md#meshconfig) says, or else what stands under *Default*. A value that
      cannot be read is replaced by the default, with a warning that says what was expected. An unknown
      `weft.*` property is a warning too, and so is an environment variable that is nearly one of these. If it is
      `WEFT_SERVICE` that was mistyped, the process has no name, and stays out of the mesh: it says so on stderr.
      `weft.module.<name>.enabled=false` (a system property)
      switches one instrumentation off; `bin/weft agents` lists their names.

      Durations are written `250ms`, `3s`, `10m`, `24h`; lists with commas.

      <!-- Generated from Settings.KEYS; SettingsDocTest says how. -->

      | Property | Environment | Default | What it is for |
      |---|---|---|---|
      """;

  @Test
  void docs_sayWhatTheCodeSays() throws IOException {
    StringBuilder expected = new StringBuilder(HEAD);
    for (Settings.Key key : Settings.KEYS) {
      expected
          .append("| `" + key.name() + "` | `" + key.variable() + "` | ")
          .append(key.absent().isEmpty() ? "" : "`" + key.absent() + "`")
          .append(" | " + key.meaning().replace("|", "\\|") + " |\n");
    }
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(DOC, expected.toString());
    }
    assertThat(DOC)
        .describedAs("docs/settings.md; the comment of this class says how to write it anew")
        .hasContent(expected.toString());
  }
}
