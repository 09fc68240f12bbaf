package dev.weft.testkit.server;

import dev.weft.testkit.BridgeOnBoot;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM of its own with a heap of 64 MiB, in which a server runs and a client sends it more than 2
 * GiB and reads as much. Bodies that are gathered anywhere do not fit, and lengths that are ints
 * overflow.
 */
public final class SmallHeap {
  /** The last line that {@link #run} returns if all went well. */
  static final String DONE = "all came through";

  private SmallHeap() {}

  /** Runs it; what the JVM printed. */
  static String run(ServerFixture fixture) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // The compilers are the JVM's own choice here: AES is slow without the better one.
    line.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-Xshare:off"));
    line.addAll(List.of("-XX:+EnableDynamicAgentLoading", "-Djdk.attach.allowAttachSelf=true"));
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (argument.startsWith("--add-opens")) {
        line.add(argument);
      }
    }
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), SmallHeap.class.getName()));
    line.addAll(List.of(fixture.getClass().getName(), fixture.variant()));
    ProcessBuilder command = new ProcessBuilder(line).redirectErrorStream(true);
    command.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = command.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.trim();
  }

  /** In that JVM: the name of the fixture's class, and its variant. */
  public static void main(String[] args) throws Exception {
    BridgeOnBoot.install();
    // Only now may a class be loaded that knows the bridge.
    try {
      System.out.println(LargeTransfer.run(args[0], args[1]));
    } catch (Exception e) {
      e.printStackTrace(System.out);
    } finally {
      // Whatever threads the server may have left.
      System.out.flush();
      Runtime.getRuntime().halt(0);
    }
  }
}
