package dev.weft.instrumentation.okhttp;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.client.AbstractHttpClientTest;
import dev.weft.testkit.client.Ask;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.Pending;
import dev.weft.testkit.client.Reply;
import dev.weft.tooling.WeftModule;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract. */
@ParameterizedClass(name = "OkHttp {0}")
@FieldSource("dev.weft.instrumentation.okhttp.OkHttps#VERSIONS")
class OkHttpContractTest extends AbstractHttpClientTest {
  @Parameter String version;

  private final Map<String, ClientUnderTest> clients = new ConcurrentHashMap<>();

  private ClientUnderTest client() {
    return clients.computeIfAbsent(
        version, of -> OkHttps.make(of, ClientUnderTest.class, OkHttpUser.class));
  }

  @Override
  protected WeftModule module() {
    return new OkHttpModule();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("okhttp", ClientCapability.class)
        .cannot(ClientCapability.MIRROR, "the thread of a call is the application's, and sends one");
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    switch (version) {
      case OkHttps.LOWEST:
        return BigBodies.Lowest.class;
      case OkHttps.BETWEEN:
        return BigBodies.Between.class;
      default:
        return BigBodies.Newest.class;
    }
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
