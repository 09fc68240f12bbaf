package dev.weft.runtime.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.runtime.Log;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogTest {
  private static final Log LOG =
      new Log(
          Log.Level.OFF, new PrintStream(OutputStream.nullOutputStream()), InstantSource.system());

  @Test
  void whatAPeerSent_isPlainText(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("access.log");
    try (AccessLog log = AccessLog.open(file, () -> 1, () -> 0, LOG)) {
      log.log(new HashMap<>(Map.of("path", "/a\r\n{}\u001b[2J\u009b\u202e")));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (Files.size(file) == 0 && System.nanoTime() - end < 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }
    assertThat(file).hasContent("{\"path\":\"/a\ufffd\ufffd{}\ufffd[2J\ufffd\ufffd\"}");
  }
}
