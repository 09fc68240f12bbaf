package dev.weft.testkit.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import dev.weft.tooling.WeftModule;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * The contract of every client adapter. Its module extends this once, and adds tests of its own
 * only for what no other library has. Each test is run over every {@link Wire} that the client
 * speaks; {@link #options} say what the client cannot do.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class AbstractHttpClientTest
    implements RoutingContract,
        ConnectionContract,
        RetryContract,
        TimeoutContract,
        RefusalContract,
        RedirectContract,
        TransferContract,
        FaultContract {
  private final List<KitServer> servers = new CopyOnWriteArrayList<>();
  private TestOutbound outbound = new TestOutbound();

  /** What weaves the library. */
  protected abstract WeftModule module();

  Stream<Wire> wires() {
    return Stream.of(Wire.values())
        .filter(wire -> wire != Wire.MTLS_HTTP2 || options().can(ClientCapability.HTTP_2));
  }

  @Override
  public final TestOutbound outbound() {
    return outbound;
  }

  @Override
  public final KitServer server(Wire wire, String identity) throws IOException {
    KitServer server =
        switch (wire) {
          case PLAINTEXT -> KitServer.http1(null);
          case MTLS -> KitServer.http1(identity);
          case MTLS_HTTP2 -> new Http2Server(identity);
        };
    servers.add(server);
    return server;
  }

  @BeforeEach
  final void weave() {
    Weaver.install(module());
    mesh().reset();
    outbound = new TestOutbound();
    mesh().outbound(outbound);
  }

  @AfterEach
  final void close() throws Exception {
    outbound.fail(null);
    for (TestAttempt attempt : outbound.attempts()) {
      attempt.awaitOutcome();
    }
    for (KitServer server : servers) {
      server.close();
    }
    servers.clear();
    assertThat(Weaver.errors()).isEmpty();
    assertThat(outbound.outcomes()).allSatisfy(told -> assertThat(told).hasSize(1));
  }

  /** What the documentation says of this adapter is what its options say. */
  @Test
  final void theTableOfTheDocumentationIsTrue() throws IOException {
    options().assertDocumentedIn("docs/clients.md");
  }
}
