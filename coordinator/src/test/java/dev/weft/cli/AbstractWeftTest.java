package dev.weft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.coordinator.admin.TestAdmin;
import java.io.ByteArrayInputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands as they are typed, against a real admin server. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AbstractWeftTest {
  Path directory;
  TestAdmin admin;
  final Map<String, String> environment = new HashMap<>();

  record Result(int code, String out, String err) {}

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    this.directory = directory;
    admin = new TestAdmin(directory.resolve("home"));
  }

  @AfterAll
  void stop() throws Exception {
    admin.close();
  }

  @BeforeEach
  void clear() throws Exception {
    admin.reset();
    environment.clear();
    environment.put("WEFT_HOME", admin.home.toString());
    environment.put("WEFT_ADMIN", admin.server.address());
  }

  final Result weft(String... args) {
    return weftWithInput("", args);
  }

  final Result weftWithInput(String input, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Terminal terminal =
        new Terminal(
            environment,
            Map.of("user.name", "tester"),
            new ByteArrayInputStream(input.getBytes(UTF_8)),
            new PlainPrinter(out, false),
            new PlainPrinter(err, true),
            InstantSource.fixed(TestAdmin.NOW.plus(Duration.ofHours(12))));
    int code = Weft.execute(terminal, args);
    return new Result(code, out.toString(), err.toString());
  }

  final String file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  static String policy(String name, String mode) {
    return """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: %s
        spec:
          mtls: {mode: %s}
        """
        .formatted(name, mode);
  }
}
