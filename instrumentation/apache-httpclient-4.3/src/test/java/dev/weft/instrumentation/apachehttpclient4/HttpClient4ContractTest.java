package dev.weft.instrumentation.apachehttpclient4;

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
@FieldSource("dev.weft.instrumentation.apachehttpclient4.Versions#CONTRACT")
class HttpClient4ContractTest extends AbstractVersionsTest {
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

  @Override
  protected String newest() {
    return Versions.NEWEST;
  }

  @Override
  protected Class<? extends ClientUnderTest> user() {
    return HttpClient4UnderTest.class;
  }
}
