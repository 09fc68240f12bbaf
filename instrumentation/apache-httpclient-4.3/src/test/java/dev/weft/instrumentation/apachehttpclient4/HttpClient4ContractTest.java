package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.client.AbstractHttpClientTest;
import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import dev.weft.tooling.WeftModule;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract, on the lowest and the newest version. */
@ParameterizedClass(name = "HttpClient {0}")
@FieldSource("dev.weft.instrumentation.apachehttpclient4.Versions#CONTRACT")
class HttpClient4ContractTest extends AbstractHttpClientTest {
  private final Map<String, ClientUnderTest> clients = new HashMap<>();

  @Parameter String version;

  @Override
  protected WeftModule module() {
    return new ApacheHttpClient4Module();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("apache-httpclient4", ClientCapability.class)
        .cannot(ClientCapability.HTTP_2, "the client speaks HTTP/1.1 only")
        .cannot(ClientCapability.HOLD_NO_THREAD, "a call of this client holds its thread anyway")
        .cannot(ClientCapability.DEADLINE, "the client has none")
        .cannot(ClientCapability.MIRROR, "the client sends nothing beside a call");
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    return BigBodies.class;
  }

  /** Made once the library's classes are woven when they are loaded. */
  private synchronized ClientUnderTest client() throws Exception {
    ClientUnderTest client = clients.get(version);
    if (client == null) {
      client = Versions.load(version, HttpClient4UnderTest.class, ClientUnderTest.class);
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
}
