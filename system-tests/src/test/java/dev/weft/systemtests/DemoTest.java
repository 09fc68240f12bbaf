package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code bin/demo} leaves nothing running, however it ends. It is run whole by people. */
class DemoTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private static final String ALL_ARE_THERE = "  ok    shop finds orders v1 and v2";

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private Path folder;

  /** It is not to build anew what others run from meanwhile. */
  @BeforeAll
  static void sayThatItIsBuilt() throws IOException {
    Built.samples();
    Path stamp = Built.agent().resolveSibling(".built");
    Files.writeString(stamp, "");
    Files.setLastModifiedTime(stamp, FileTime.from(Instant.now()));
  }

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory(SANDBOX.folder(), "demo");
  }

  /** What it starts has its folder's name in the environment. */
  private List<Long> alive() {
    byte[] mark = ("WEFT_HOME=" + folder).getBytes(StandardCharsets.UTF_8);
    List<Long> found = new ArrayList<>();
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      all.forEach(
          process -> {
            if (contains(environment(process.pid()), mark)) {
              found.add(process.pid());
            }
          });
    }
    return found;
  }

  private static byte[] environment(long pid) {
    try {
      return Files.readAllBytes(Path.of("/proc/" + pid + "/environ"));
    } catch (IOException e) {
      return new byte[0]; // gone, or somebody else's
    }
  }

  private static boolean contains(byte[] all, byte[] part) {
    return new String(all, StandardCharsets.ISO_8859_1)
        .contains(new String(part, StandardCharsets.ISO_8859_1));
  }

  private static String command(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  @AfterEach
  void endWhatItLeft() {
    alive().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
  }

  /**
   * In a session of its own, as in a terminal of its own; and where these tests run in the
   * background, and so do not hear Ctrl-C, it nevertheless does.
   */
  private Child demo() {
    return new Launch(SANDBOX, Jdk.JDK_17, "demo")
        .with("TMPDIR", folder.toString())
        .with("JAVA_HOME", Jdk.JDK_17.home().toString())
        .with("PATH", Path.of(Built.maven()).getParent() + ":" + System.getenv("PATH"))
        .program(
            "setsid",
            "env",
            "--default-signal=INT",
            Path.of(Built.weft()).resolveSibling("demo").toString());
  }

  @Test
  void nothingIsLeft_afterCtrlC() {
    Child demo = demo();
    awaitOut(demo, ALL_ARE_THERE);
    Await.until(
        "the program behind the proxy runs",
        () -> alive().stream().anyMatch(pid -> command(pid).contains("inventory.py")));
    signal("INT", demo.pid());
    assertThat(demo.exit()).isEqualTo(130);
    assertThat(alive().stream().map(DemoTest::command)).as(demo.out()).isEmpty();
    assertThat(left()).as("of its folder").isEmpty();
  }

  @Test
  void nothingIsLeft_afterAFailedCheck_whichSaysWhatItGot() {
    Child demo = demo();
    long[] shop = new long[1];
    Await.until(
        "shop runs",
        LONG,
        () -> {
          shop[0] =
              alive().stream()
                  .filter(pid -> command(pid).contains("shop.jar"))
                  .findFirst()
                  .orElse(0L);
          return shop[0] != 0;
        });
    signal("KILL", shop[0]);
    assertThat(demo.exit()).isEqualTo(1);
    assertThat(demo.out())
        .contains("FAIL  shop finds orders v1 and v2")
        .containsPattern("got: +orders v1: (true|false), v2: (true|false); the last answer of shop")
        .contains("expected: both")
        .contains("shop has ended")
        .contains("1 checks, 1 failed");
    assertThat(alive().stream().map(DemoTest::command)).as(demo.out()).isEmpty();
    assertThat(left()).as("of its folder").isEmpty();
  }

  private List<Path> left() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitOut(Child demo, String part) {
    Await.until(
        "demo prints " + part,
        LONG,
        () -> {
          if (!demo.alive()) {
            throw new Await.Hopeless("demo has ended:\n" + demo.out() + demo.err());
          }
          return demo.out().contains(part);
        });
  }

  /** To all processes of a terminal's, as Ctrl-C does; or to one. */
  private static void signal(String name, long pid) {
    String whom = name.equals("INT") ? "-" + pid : "" + pid;
    Child kill = new Launch(SANDBOX, Jdk.JDK_17, "kill").program("kill", "-" + name, "--", whom);
    assertThat(kill.exit()).isZero();
  }
}
