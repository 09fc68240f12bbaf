package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final InstantSource clock = () -> Instant.EPOCH;

  @Test
  void whatWasSaved_isLoaded() {
    file().save(Map.of("policy", java.util.List.of(Map.of("kind", "x"))));
    assertThat(file().load())
        .isEqualTo(
            Map.of(
                "time", "1970-01-01T00:00:00Z", "policy", java.util.List.of(Map.of("kind", "x"))));
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void noFile_isNothingToSpeakOf() {
    assertThat(file().load()).isNull();
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void anyDamage_isIgnoredWithOneWarning() throws Exception {
    file().save(Map.of("a", "b"));
    Path snapshot = folder.resolve("snapshot");
    byte[] good = Files.readAllBytes(snapshot);
    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= 0x10;
      Files.write(snapshot, damaged);
      assertThat(file().load()).as("byte " + i).isNull();
      Files.write(snapshot, java.util.Arrays.copyOf(good, i));
      assertThat(file().load()).as("cut at " + i).isNull();
    }
    said.reset();
    StateFile file = file();
    file.load();
    file.load();
    assertThat(said.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
  }

  @Test
  void aFileThatAnybodyMayWrite_isIgnored() throws Exception {
    file().save(Map.of("a", "b"));
    Path snapshot = folder.resolve("snapshot");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(snapshot)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(snapshot, PosixFilePermissions.fromString("rw----rw-"));
    assertThat(file().load()).isNull();
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("everybody may write it");
    file().save(Map.of("a", "b"));
    assertThat(file().load()).as("replaced by one of our own").isNotNull();
  }

  private StateFile file() {
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    return StateFile.snapshot(folder, clock, new Log(Log.Level.WARN, out, clock));
  }
}
