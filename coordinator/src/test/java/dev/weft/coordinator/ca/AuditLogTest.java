package dev.weft.coordinator.ca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.FakeTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  @TempDir Path dir;
  private final FakeTime time = new FakeTime();

  @Test
  void entriesAreLines_andReadBackNewestFirst() throws Exception {
    Path file = dir.resolve("audit.jsonl");
    try (AuditLog log = AuditLog.open(dir, time)) {
      log.record("token.created", "admin", "1", Map.of("ttl", "PT1H"));
      log.record("token.revoked", "admin", "2\n", Map.of());
    }
    assertThat(Files.readAllLines(file)).hasSize(2);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.writeString(file, "{\"time\":1,\"cut off", StandardOpenOption.APPEND);

    try (AuditLog log = AuditLog.open(dir, time)) {
      assertThat(log.recent(10))
          .containsExactly(
              new AuditView.Entry(time.millis(), "token.revoked", "admin", "2\n", Map.of()),
              new AuditView.Entry(
                  time.millis(), "token.created", "admin", "1", Map.of("ttl", "PT1H")));
      assertThat(log.recent(1)).hasSize(1);
    }
  }

  @Test
  void fileIsRotatedBySize_andMemoryIsBounded() throws Exception {
    Path file = dir.resolve("audit.jsonl");
    try (AuditLog log = new AuditLog(file, time, 10_000)) {
      for (int i = 0; i < 3000; i++) {
        log.record("token.created", "admin", "subject " + i, Map.of());
      }
      assertThat(Files.size(file)).isLessThan(10_000);
      assertThat(Files.size(dir.resolve("audit.jsonl.1"))).isBetween(10_000L, 11_000L);
      assertThat(log.recent(5000)).hasSize(1000);
      assertThat(log.recent(1).get(0).subject()).isEqualTo("subject 2999");
    }
    try (var files = Files.list(dir)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void hugeEntriesAreCut() throws Exception {
    Map<String, String> details = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      details.put("key" + i, "v".repeat(10_000));
    }
    try (AuditLog log = AuditLog.open(dir, time)) {
      log.record("x", "y", "z".repeat(100_000), details);
      AuditView.Entry entry = log.recent(1).get(0);
      assertThat(entry.subject()).hasSize(513);
      assertThat(entry.details()).hasSize(32);
    }
    assertThat(Files.size(dir.resolve("audit.jsonl"))).isLessThan(20_000);
  }

  @Test
  void strangersRefusalsCannotWashTheLogAway() throws Exception {
    try (AuditLog log = AuditLog.open(dir, time)) {
      log.record("certificate.issued", "token 1", "orders", Map.of());
      for (int i = 0; i < 5000; i++) {
        log.record("certificate.refused", "token?", "x", Map.of());
      }
      assertThat(log.recent(1000)).hasSize(301);
      assertThat(log.recent(1000).get(300).action()).isEqualTo("certificate.issued");

      time.advance(Duration.ofMinutes(1));
      log.record("certificate.refused", "token?", "x", Map.of());
      assertThat(log.recent(2).get(1).action()).isEqualTo("audit.suppressed");
      assertThat(log.recent(2).get(1).details()).containsEntry("count", "4700");
    }
  }

  @Test
  void folderThatIsGoneFailsNobody() throws IOException {
    AuditLog log = AuditLog.open(dir.resolve("not there"), time);
    log.record("token.created", "admin", "1", Map.of());

    assertThat(log.recent(1)).hasSize(1);
    log.close();
  }
}
