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
      log.record("token.revoked", "admin", "2", Map.of());
    }
    assertThat(Files.readAllLines(file)).hasSize(2);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.writeString(file, "{\"time\":1,\"cut off", StandardOpenOption.APPEND);

    try (AuditLog log = AuditLog.open(dir, time)) {
      assertThat(log.recent(10))
          .containsExactly(
              new AuditView.Entry(time.millis(), "token.revoked", "admin", "2", Map.of()),
              new AuditView.Entry(
                  time.millis(), "token.created", "admin", "1", Map.of("ttl", "PT1H")));
      assertThat(log.recent(1)).hasSize(1);
    }
  }

  @Test
  void fileIsRotatedBySize_andMemoryIsBounded() throws Exception {
    Path file = dir.resolve("audit.jsonl");
    try (AuditLog log = new AuditLog(dir, time, 10_000, 10_000)) {
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
      assertThat(entry.subject()).hasSize(512);
      assertThat(entry.details()).hasSize(32);
    }
    assertThat(Files.size(dir.resolve("audit.jsonl"))).isLessThan(20_000);
  }

  @Test
  void refusalsAndCertificatesDisplaceNothingButEachOther() throws Exception {
    try (AuditLog log = new AuditLog(dir, time, 10_000, 10_000)) {
      for (int i = 0; i < 20; i++) {
        log.record("token.created", "admin", "orders " + i, Map.of());
      }
      for (int i = 0; i < 5000; i++) {
        log.record("certificate.issued", "renewal", "evil " + i, Map.of());
      }
      for (int minute = 0; minute < 60; minute++) {
        for (int i = 0; i < 1000; i++) {
          log.record("certificate.refused", "token?", "x", remote("10.0." + i + ".1:" + i));
        }
        time.advance(Duration.ofMinutes(1));
      }
      assertThat(log.recent(1000))
          .filteredOn(entry -> entry.action().equals("token.created"))
          .extracting(AuditView.Entry::subject)
          .hasSize(20)
          .contains("orders 0");
      assertThat(log.recent(10))
          .as("half of them may be refusals and certificates")
          .filteredOn(entry -> entry.action().equals("token.created"))
          .hasSize(5);
    }
    assertThat(Files.readString(dir.resolve("audit.jsonl"))).contains("orders 0", "orders 19");
    assertThat(Files.size(dir.resolve("refusals.jsonl"))).isLessThan(11_000);
    try (AuditLog log = AuditLog.open(dir, time)) {
      assertThat(log.recent(1000)).anyMatch(entry -> entry.subject().equals("orders 0"));
    }
  }

  @Test
  void refusalsHaveARate_allTogetherAndOfASource() throws Exception {
    try (AuditLog log = AuditLog.open(dir, time)) {
      for (int i = 0; i < 5000; i++) {
        log.record("certificate.refused", "token?", "x", remote("10.0.0.1:" + i));
      }
      assertThat(log.recent(1000)).as("of one").hasSize(60);
      log.record("certificate.refused", "token?", "another's", remote("10.0.0.2:1"));
      assertThat(log.recent(1000)).anyMatch(entry -> entry.subject().equals("another's"));
      for (int i = 0; i < 5000; i++) {
        log.record("certificate.refused", "token?", "x", remote("10.1." + i + ".1:1"));
      }
      assertThat(log.recent(1000)).as("of all").hasSize(300);

      time.advance(Duration.ofMinutes(1));
      log.record("certificate.refused", "token?", "x", remote("10.0.0.1:1"));
      AuditView.Entry told =
          log.recent(1000).stream()
              .filter(entry -> entry.action().equals("audit.suppressed"))
              .findFirst()
              .orElseThrow();
      assertThat(told.details()).containsEntry("count", "9701");
    }
  }

  private static Map<String, String> remote(String address) {
    return Map.of("remote", address);
  }

  @Test
  void whatATerminalWouldObey_isNotWritten() throws Exception {
    try (AuditLog log = AuditLog.open(dir, time)) {
      log.record(
          "certificate.refused",
          "token?",
          "a\u001b[2J\r\nb\u202ec\u2028d",
          Map.of("reason", "x\u0000\u009by", "k\n", "Größe"));
      AuditView.Entry entry = log.recent(1).get(0);
      assertThat(entry.subject()).isEqualTo("a\uFFFD[2J\uFFFD\uFFFDb\uFFFDc\uFFFDd");
      assertThat(entry.details())
          .containsEntry("reason", "x\uFFFD\uFFFDy")
          .containsEntry("k\uFFFD", "Größe");
    }
    assertThat(Files.readAllLines(dir.resolve("refusals.jsonl"))).hasSize(1);
  }

  @Test
  void folderThatIsGoneFailsNobody() throws IOException {
    AuditLog log = AuditLog.open(dir.resolve("not there"), time);
    log.record("token.created", "admin", "1", Map.of());

    assertThat(log.recent(1)).hasSize(1);
    log.close();
  }
}
