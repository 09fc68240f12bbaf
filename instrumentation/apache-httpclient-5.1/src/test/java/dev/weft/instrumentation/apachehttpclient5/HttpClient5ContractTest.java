package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.client.AbstractVersionsTest;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.tooling.WeftModule;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract, on the lowest and the newest version. */
@ParameterizedClass(name = "HttpClient {0}")
@FieldSource("dev.weft.instrumentation.apachehttpclient5.Versions#CONTRACT")
class HttpClient5ContractTest extends AbstractVersionsTest {
  @Override
  protected WeftModule module() {
    return new ApacheHttpClient5Module();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("apache-httpclient5", ClientCapability.class)
        .cannot(ClientCapability.HTTP_2, "the client speaks HTTP/1.1 only")
        .cannot(ClientCapability.HOLD_NO_THREAD, "a call of this client holds its thread anyway")
        .cannot(ClientCapability.DEADLINE, "the client has none")
        .cannot(ClientCapability.MIRROR, "the client sends nothing beside a call");
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    return BigBodies.class;
  }

  @Override
  protected String newest() {
    return Versions.NEWEST;
  }

  @Override
  protected Class<? extends ClientUnderTest> user() {
    return HttpClient5UnderTest.class;
  }
}
