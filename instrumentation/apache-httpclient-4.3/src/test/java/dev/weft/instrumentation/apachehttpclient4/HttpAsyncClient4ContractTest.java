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
@ParameterizedClass(name = "HttpAsyncClient {0}")
@FieldSource("dev.weft.instrumentation.apachehttpclient4.Versions#ASYNC")
class HttpAsyncClient4ContractTest extends AbstractVersionsTest {
  @Override
  protected WeftModule module() {
    return new ApacheHttpAsyncClient4Module();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("apache-httpasyncclient", ClientCapability.class)
        .cannot(ClientCapability.HTTP_2, "the client speaks HTTP/1.1 only")
        .cannot(ClientCapability.DEADLINE, "the client has none")
        .cannot(ClientCapability.MIRROR, "a body is produced for one exchange at a time");
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    return AsyncBigBodies.class;
  }

  @Override
  protected String newest() {
    return Versions.NEWEST_ASYNC;
  }

  @Override
  protected Class<? extends ClientUnderTest> user() {
    return HttpAsyncClient4UnderTest.class;
  }
}
