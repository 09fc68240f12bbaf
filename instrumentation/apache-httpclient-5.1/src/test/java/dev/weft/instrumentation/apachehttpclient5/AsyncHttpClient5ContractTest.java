package dev.weft.instrumentation.apachehttpclient5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.client.AbstractVersionsTest;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.KitServer;
import dev.weft.testkit.client.Scenes;
import dev.weft.testkit.client.Wire;
import dev.weft.tooling.WeftModule;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract, on the lowest and the newest version. */
@ParameterizedClass(name = "HttpAsyncClient {0}")
@FieldSource("dev.weft.instrumentation.apachehttpclient5.Versions#CONTRACT")
class AsyncHttpClient5ContractTest extends AbstractVersionsTest {
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

  @Override
  protected String newest() {
    return Versions.NEWEST;
  }

  @Override
  protected Class<? extends ClientUnderTest> user() {
    return AsyncHttpClient5UnderTest.class;
  }

  @Test
  void aPoolThatMultiplexesSharesAConnection() throws Exception {
    assumeThat(version).isEqualTo(Versions.NEWEST); // older ones lend each to one call
    KitServer server = server(Wire.MTLS_HTTP2);
    outbound().route("orders", endpoint(Wire.MTLS_HTTP2, "orders", server));
    Scenes scenes = LibraryLoader.make(version, Scenes.class, AsyncApplication.class);
    assertThat(scenes.play("multiplexed", "http://orders/")).isEqualTo(Set.of("HTTP/2.0 200 ok"));
    assertThat(server.requests()).hasSize(21);
    assertThat(server.connections()).isEqualTo(1);
  }
}
