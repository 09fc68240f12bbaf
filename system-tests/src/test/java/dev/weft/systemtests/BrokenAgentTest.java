package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An agent's jar that is damaged inside: the application goes on without it, and one line says so;
 * only with a floor it does not serve.
 */
class BrokenAgentTest {
  private static final byte[] GARBAGE = {1, 2, 3};
  private static final String ON_NETTY = "Netty started on port ";

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "weft/index",
        "weft/boot/index",
        "weft/boot/dev/weft/bridge/Bridge.classdata",
        "weft/isolated/dev/weft/agent/host/Host.classdata",
        "weft/isolated/dev/weft/host/HostMesh.classdata",
        "weft/isolated/dev/weft/host/HostOutbound.classdata",
        "weft/isolated/dev/weft/host/HostInbound.classdata",
        "weft/isolated/dev/weft/runtime/Member.classdata",
        "weft/isolated/dev/weft/runtime/control/ControlStream.classdata",
        "weft/isolated/dev/weft/tooling/Weaver.classdata",
        "weft/isolated/dev/weft/tooling/AdvisedMethod.classdata",
        "weft/isolated/net/bytebuddy/jar/asm/ClassReader.classdata",
        "weft/isolated/dev/weft/instrumentation/javahttpclient/JavaHttpClientModule$Http1.classdata",
        "weft/isolated/dev/weft/instrumentation/javahttpclient/JavaHttpClientAdvice$HostString.classdata",
        "weft/isolated/dev/weft/instrumentation/javahttpclient/JavaHttpClientModule.helpers",
        "weft/isolated/dev/weft/instrumentation/javahttpclient/inside/Engines.classdata",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/inside/SniffingChannel.classdata",
      })
  void theApplicationGoesOn(String entry) throws Exception {
    goesOnWithout(damaged(entry, GARBAGE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "weft/index",
        "weft/isolated/dev/weft/agent/host/Host.classdata",
        "weft/isolated/dev/weft/runtime/control/ControlStream.classdata",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/JdkHttpServerModule.helpers",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/inside/SniffingChannel.classdata",
      })
  void theApplicationGoesOnWithoutAnEntry(String entry) throws Exception {
    goesOnWithout(damaged(entry, null));
  }

  /**
   * Whatever is missing: the bridge, the weaver, the mesh behind them, or a part of the adapter.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "weft/index",
        "weft/boot/index",
        "weft/boot/dev/weft/bridge/Bridge.classdata",
        "weft/boot/dev/weft/bridge/ClosedMesh.classdata",
        "weft/isolated/dev/weft/agent/host/Host.classdata",
        "weft/isolated/dev/weft/host/HostMesh.classdata",
        "weft/isolated/dev/weft/host/HostInbound.classdata",
        "weft/isolated/dev/weft/host/HostInbound$Port.classdata",
        "weft/isolated/dev/weft/runtime/Settings.classdata",
        "weft/isolated/dev/weft/runtime/Member.classdata",
        "weft/isolated/dev/weft/runtime/control/ControlStream.classdata",
        "weft/isolated/dev/weft/runtime/tls/MeshTls.classdata",
        "weft/isolated/dev/weft/tooling/Weaver.classdata",
        "weft/isolated/dev/weft/tooling/AdvisedMethod.classdata",
        "weft/isolated/net/bytebuddy/jar/asm/ClassReader.classdata",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/JdkHttpServerModule.classdata",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/JdkHttpServerModule.helpers",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/inside/Connections.classdata",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/inside/SniffingChannel.classdata",
        "weft/isolated/dev/weft/instrumentation/jdkhttpserver/RequestInstrumentation$Headers.classdata",
      })
  void withAFloorItDoesNotServe(String entry) throws Exception {
    Child server =
        launch("server", damaged(entry, GARBAGE))
            .with("WEFT_MTLS_FLOOR", "STRICT")
            .main(Built.programs(), "programs.JdkServer", "out", "0");
    Await.until(
        "it serves, or has ended", () -> server.out().contains("listening on ") || !server.alive());
    if (server.alive()) {
      assertThat(answer(server)).doesNotStartWith("HTTP/1.1 200");
    }
    assertThat(server.out()).doesNotContain("GET /");
    assertThat(server.err()).contains("[weft]");
  }

  /** A line for each of its jars: two have helpers in common. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "weft/isolated/dev/weft/instrumentation/netty/NettyModule.helpers",
        "weft/isolated/dev/weft/instrumentation/netty/inside/Beneath.classdata",
        "weft/isolated/dev/weft/instrumentation/netty/inside/Http1.classdata",
        "weft/isolated/dev/weft/instrumentation/netty/HttpDecoderType.classdata",
      })
  void soDoesOneOnNetty(String entry) throws Exception {
    Path jar = damaged(entry, GARBAGE);
    Child open = onNetty(launch("open", jar));
    Child closed = onNetty(launch("closed", jar).with("WEFT_MTLS_FLOOR", "STRICT"));

    assertThat(answer(nettysPort(open))).startsWith("HTTP/1.1 200");
    List<String> lines =
        open.errLines().stream().filter(line -> !line.contains("no coordinator:")).toList();
    assertThat(lines)
        .as(open.told())
        .hasSizeBetween(1, 2)
        .allMatch(line -> line.startsWith("[weft] "));
    Await.until(
        "it serves, or has ended", () -> closed.out().contains(ON_NETTY) || !closed.alive());
    if (closed.alive()) {
      assertThat(answer(nettysPort(closed))).doesNotStartWith("HTTP/1.1 200");
    }
    assertThat(closed.err()).contains("[weft]");
  }

  private static Child onNetty(Launch launch) {
    return launch.jar(Built.sample("prices"), "--server.port=0", "--server.address=127.0.0.1");
  }

  private static int nettysPort(Child server) {
    return Integer.parseInt(server.awaitOut(".*" + ON_NETTY + "(\\d+) .*"));
  }

  private static String answer(Child server) {
    return answer(server.port());
  }

  private static String answer(int port) {
    try {
      return RawHttp.plaintext(port, "GET /prices/tea HTTP/1.1", "Host: x");
    } catch (IOException e) {
      return "hung up";
    }
  }

  private static void goesOnWithout(Path jar) {
    Child server = launch("server", jar).main(Built.programs(), "programs.JdkServer", "out", "0");
    Caller caller = Caller.start(launch("client", jar), Caller.Library.HTTP_CLIENT);
    String url = "http://127.0.0.1:" + server.port() + "/";
    assertThat(caller.get(url)).startsWith("200 name=out|");
    assertThat(caller.many(50, url + "load").ok()).isEqualTo(50);
    assertThat(caller.get("http://orders/")).startsWith("failed java.net.ConnectException");
    List<String> told = new ArrayList<>();
    for (Child child : List.of(server, caller.child())) {
      List<String> lines =
          child.errLines().stream().filter(line -> !line.contains("no coordinator:")).toList();
      assertThat(lines).as(child.told()).hasSizeLessThanOrEqualTo(1);
      told.addAll(lines);
    }
    assertThat(told).isNotEmpty().allMatch(line -> line.startsWith("[weft] "));
  }

  private static Launch launch(String name, Path jar) {
    return new Launch(SANDBOX, Jdk.JDK_17, name)
        .agent(jar)
        .with("WEFT_SERVICE", name)
        .with("WEFT_STARTUP_WAIT", "200ms")
        // Else each answer of the JDK's server waits 40 ms for the acknowledgement of its head.
        .option("-Dsun.net.httpserver.nodelay=true");
  }

  /** A copy of the agent's jar, with one entry replaced, or left out. */
  private static Path damaged(String entry, byte @Nullable [] content) throws IOException {
    Path copy = Files.createTempFile(SANDBOX.folder(), "weft-", ".jar");
    Files.copy(Built.agent(), copy, StandardCopyOption.REPLACE_EXISTING);
    // What is not touched is copied as it is, and not compressed anew.
    try (FileSystem jar = FileSystems.newFileSystem(copy)) {
      Path hit = jar.getPath(entry);
      assertThat(hit).exists();
      if (content == null) {
        Files.delete(hit);
      } else {
        Files.write(hit, content);
      }
    }
    return copy;
  }
}
