package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LibraryLogTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void whatALibraryLogs_goesToOurLog_fromWarningsUp_eachOnce() {
    PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    LibraryLog.set(new Log(Log.Level.WARN, out, InstantSource.fixed(Instant.EPOCH)));
    Logger logger = LoggerFactory.getLogger("some.Library");

    logger.debug("not this {}", 1);
    logger.info("nor this");
    logger.warn("event {} of {} failed", 3, "five", new IllegalStateException("why"));
    logger.warn("event {} of {} failed", 3, "five", new IllegalStateException("why"));
    logger.error("plain");

    assertThat(written.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "[weft] 1970-01-01T00:00:00Z WARN some.Library: event 3 of five failed"
                + " (java.lang.IllegalStateException: why)",
            "[weft] 1970-01-01T00:00:00Z WARN some.Library: plain");
  }
}
