package dev.weft.instrumentation.apachehttpclient5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.weft.bootstrap.Failure;
import dev.weft.drive.Verdict;
import dev.weft.testkit.KitOptions;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.client.AbstractHttpClientTest;
import dev.weft.testkit.client.Answer;
import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.KitServer;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import dev.weft.testkit.client.Wire;
import dev.weft.tooling.WeftModule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract, on the lowest and the newest version. */
@ParameterizedClass(name = "HttpAsyncClient {0}")
@FieldSource("dev.weft.instrumentation.apachehttpclient5.Versions#CONTRACT")
class AsyncHttpClient5ContractTest extends AbstractHttpClientTest {
  private final Map<String, ClientUnderTest> clients = new HashMap<>();

  @Parameter String version;

  @Override
  protected WeftModule module() {
    return new ApacheHttpClient5AsyncModule();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("apache-httpclient5-async", ClientCapability.class)
        .cannot(ClientCapability.DEADLINE, "the client has none")
        .cannot(ClientCapability.MIRROR, "a body is produced for one exchange at a time");
  }

  /** Its pool lends each to one call. */
  @Override
  public boolean sharesConnections() {
    return false;
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    return AsyncBigBodies.class;
  }

  /** Made once the library's classes are woven when they are loaded. */
  private synchronized ClientUnderTest client() throws Exception {
    ClientUnderTest client = clients.get(version);
    if (client == null) {
      client = Versions.load(version, AsyncHttpClient5UnderTest.class, ClientUnderTest.class);
      clients.put(version, client);
    }
    return client;
  }

  @Override
  public Reply send(Ask ask) throws Exception {
    return client().send(ask);
  }

  @Override
  public Pending start(Ask ask) throws Exception {
    return client().start(ask);
  }

  @Test
  void aStreamThatWasRefusedLeftNothingAtTheServer() throws Exception {
    KitServer refusing = server(Wire.MTLS_HTTP2);
    refusing.answer(seen -> Answer.refuse());
    KitServer good = server(Wire.MTLS_HTTP2);
    outbound()
        .script(
            "orders",
            List.of(
                () ->
                    TestAttempt.to(endpoint(Wire.MTLS_HTTP2, "orders", refusing))
                        .onFailure(Verdict.retryAfter(0)),
                () -> TestAttempt.to(endpoint(Wire.MTLS_HTTP2, "orders", good))));
    assertThat(send(Ask.post("http://orders/", new byte[] {1})).status()).isEqualTo(200);
    assertThat(refusing.requests()).hasSize(1);
    assertThat(outbound().attempts().get(0).known()).isEqualTo(Failure.UNSENT);
  }

  @Test
  @SuppressWarnings("unchecked")
  void aPoolThatMultiplexesSharesAConnection() throws Exception {
    assumeThat(version).isEqualTo(Versions.NEWEST); // older ones lend each to one call
    KitServer server = server(Wire.MTLS_HTTP2);
    outbound().route("orders", endpoint(Wire.MTLS_HTTP2, "orders", server));
    BiFunction<String, String, Object> app =
        (BiFunction<String, String, Object>)
            Versions.load(version, AsyncApplication.class, BiFunction.class);
    assertThat(app.apply("multiplexed", "http://orders/")).isEqualTo(Set.of("HTTP/2.0 200 ok"));
    assertThat(server.requests()).hasSize(21);
    assertThat(server.connections()).isEqualTo(1);
  }
}
