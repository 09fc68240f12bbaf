package dev.weft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole program, each command a process of its own, as {@code bin/weft} runs it. */
@Timeout(240)
class CoordinatorCommandTest {
  private static final Pattern READY =
      Pattern.compile(
          "weft coordinator ready: admin (http://127\\.0\\.0\\.1:([0-9]+)) mesh"
              + " (127\\.0\\.0\\.1:[0-9]+) data (.*)");

  @TempDir Path directory;
  private final List<Process> processes = new ArrayList<>();

  private record Result(int code, String out, String err) {}

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aFolderThatCannotBeWritten_isSaid() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    Path folder = file.resolve("data");
    Result result =
        run(
            "",
            "coordinator",
            "--data",
            folder.toString(),
            "--admin",
            "127.0.0.1:0",
            "--mesh",
            "127.0.0.1:0");
    assertThat(result.code).isEqualTo(1);
    assertThat(result.err)
        .startsWith("error: data folder " + folder + ": cannot be written: " + file)
        .contains("(expected: a folder that this user can make and write; --data DIR)")
        .hasLineCount(1);
  }

  /** ".invalid" is no name anywhere. */
  @Test
  void aZooKeeperThatCannotBeResolved_isOneLine() throws Exception {
    Result result =
        run(
            "",
            "coordinator",
            "--zookeeper",
            "zk.invalid:2181,other.invalid:2181/weft",
            "--admin",
            "127.0.0.1:0",
            "--mesh",
            "127.0.0.1:0");
    assertThat(result)
        .isEqualTo(
            new Result(
                1,
                "",
                "error: --zookeeper: zk.invalid:2181,other.invalid:2181/weft (expected:"
                    + " HOST:PORT,…[/chroot] of servers whose names can be resolved)\n"));
    assertThat(directory.resolve("home/coordinator")).doesNotExist();
  }

  @Test
  void startsServesStopsAndStartsAgain() throws Exception {
    Process first = start("coordinator", "--admin", "127.0.0.1:0", "--mesh", "127.0.0.1:0");
    Matcher ready = ready(first);
    assertThat(ready.group(4)).isEqualTo(directory.resolve("home/coordinator").toString());
    String admin = ready.group(1);

    Path policy =
        Files.writeString(
            directory.resolve("policy.yaml"),
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: strict}
            spec: {mtls: {mode: STRICT}}
            """);
    Result applied = run(admin, "apply", "-f", policy.toString());
    assertThat(applied.err).contains("concerns nobody (yet)");
    assertThat(applied.out).isEqualTo("PeerAuthentication default/strict created\nrevision 1\n");
    Result token = run(admin, "token", "create", "--service", "orders", "--ttl", "1h");
    assertThat(token.out).startsWith("weft1.").hasLineCount(1);

    Result taken =
        run(
            admin,
            "coordinator",
            "--data",
            directory.resolve("other").toString(),
            "--admin",
            "127.0.0.1:" + ready.group(2),
            "--mesh",
            "127.0.0.1:0");
    assertThat(taken)
        .isEqualTo(
            new Result(
                1,
                "",
                "error: admin address 127.0.0.1:"
                    + ready.group(2)
                    + " is in use: is another coordinator running? (--admin HOST:PORT chooses"
                    + " another)\n"));
    Result meshTaken =
        run(
            admin,
            "coordinator",
            "--data",
            directory.resolve("other").toString(),
            "--admin",
            "127.0.0.1:0",
            "--mesh",
            ready.group(3));
    assertThat(meshTaken.code).isEqualTo(1);
    assertThat(meshTaken.err).startsWith("error: mesh address " + ready.group(3) + " is in use");
    assertThat(directory.resolve("other")).as("nothing was begun").doesNotExist();

    first.destroy(); // SIGTERM
    assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(run(admin, "get", "pa").err)
        .startsWith("error: coordinator not reachable at " + admin);

    Process second = start("coordinator", "--admin", "127.0.0.1:0", "--mesh", "127.0.0.1:0");
    String again = ready(second).group(1);
    assertThat(run(again, "get", "pa", "strict", "-o", "yaml").out).contains("mode: STRICT");
    assertThat(run(again, "token", "list", "-o", "json").out).contains("\"service\":\"orders\"");
  }

  private Matcher ready(Process process) throws Exception {
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String line = out.readLine();
    assertThat(line).as(() -> "stderr: " + errorsOf(process)).isNotNull();
    Matcher matcher = READY.matcher(line);
    assertThat(matcher.matches()).as(line).isTrue();
    return matcher;
  }

  private String errorsOf(Process process) {
    try {
      return Files.readString(directory.resolve("err" + processes.indexOf(process)));
    } catch (Exception e) {
      return e.toString();
    }
  }

  private Result run(String admin, String... args) throws Exception {
    Process process = start(admin, args);
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    int code = process.waitFor();
    return new Result(code, out, errorsOf(process));
  }

  private Process start(String... args) throws Exception {
    return start(null, args);
  }

  private Process start(String admin, String[] args) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Weft.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(directory.resolve("err" + processes.size()).toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("WEFT_HOME", directory.resolve("home").toString());
    if (admin != null) {
      builder.environment().put("WEFT_ADMIN", admin);
    }
    Process process = builder.start();
    processes.add(process);
    return process;
  }
}
