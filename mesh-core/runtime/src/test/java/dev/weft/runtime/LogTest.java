package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LogTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Log log =
      new Log(
          Log.Level.INFO,
          new PrintStream(out, true, StandardCharsets.UTF_8),
          () -> Instant.parse("2026-01-02T03:04:05Z"));

  @Test
  void whatAPeerPutIntoAMessage_beginsNoLineAndMovesNoCursor() {
    log.info("GET /a\r\n[weft] 2026 ERROR forged by \u001b[2J\u0000\u009b\u2028\u202e caf\u00e9");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "[weft] 2026-01-02T03:04:05Z INFO GET /a\ufffd\ufffd[weft] 2026 ERROR forged by"
                + " \ufffd[2J\ufffd\ufffd\ufffd\ufffd caf\u00e9"
                + System.lineSeparator());
  }
}
