package dev.weft.testkit.client;

import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.testkit.ClosedPort;
import dev.weft.testkit.KitOptions;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/** What the pages of the contract share: the client, the mesh that it meets, and servers. */
interface ClientKit extends ClientUnderTest {
  Refusal NOBODY =
      new Refusal(
          503,
          "weft; error=destination_unavailable",
          "{\"status\":503,\"detail\":\"no endpoint\"}".getBytes(StandardCharsets.UTF_8),
          "1");
  String[] NONE = {};

  KitOptions<ClientCapability> options();

  /** Skips the test if the adapter has declared that it cannot do this. */
  default void needs(ClientCapability capability) {
    Assumptions.assumeTrue(
        options().can(capability), () -> capability + ": " + options().reason(capability));
  }

  /** What moves big bodies with this library, in a process of its own. */
  Class<? extends BigTransfer.Client> bigClient();

  /** A server for this test, whose certificate is of the service {@code identity}. */
  KitServer server(Wire wire, String identity) throws IOException;

  /** What the woven client asks for each call; another one for each test. */
  TestOutbound outbound();

  default TestMesh mesh() {
    return TestMesh.get();
  }

  default KitServer server(Wire wire) throws IOException {
    return server(wire, "orders");
  }

  default TestEndpoint endpoint(Wire wire, KitServer server) {
    return endpoint(wire, "orders", server);
  }

  default TestEndpoint endpoint(Wire wire, String service, KitServer server) {
    return endpoint(wire, service, server.port());
  }

  default TestEndpoint endpoint(Wire wire, String service, int port) {
    return wire == Wire.PLAINTEXT
        ? TestEndpoint.plain(service, port)
        : TestEndpoint.tls(service, port);
  }

  /** An endpoint that refuses connections. */
  default TestEndpoint nobody(Wire wire, String service) throws IOException {
    return endpoint(wire, service, ClosedPort.get());
  }

  /** Whether calls may share a connection that speaks HTTP/2. */
  default boolean sharesConnections() {
    return true;
  }

  default Ask over(Wire wire, Ask ask) {
    return wire == Wire.MTLS_HTTP2 ? ask.http2() : ask;
  }

  default byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Verdict again(int status) {
    return status == 503 ? Verdict.retryAfter(0) : Verdict.DELIVER;
  }

  /** Routes to one endpoint after the other, as long as they fail or answer 503. */
  default void retryOn503(String host, TestEndpoint... endpoints) {
    List<Supplier<TestAttempt>> script = new ArrayList<>();
    for (TestEndpoint endpoint : endpoints) {
      script.add(
          () ->
              TestAttempt.to(endpoint)
                  .onResponse(ClientKit::again)
                  .onFailure(Verdict.retryAfter(0))
                  .onTimeout(Verdict.retryAfter(0)));
    }
    outbound().script(host, script);
  }
}
