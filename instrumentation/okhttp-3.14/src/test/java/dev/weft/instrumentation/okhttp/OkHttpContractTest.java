package dev.weft.instrumentation.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.KitOptions;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.client.AbstractVersionsTest;
import dev.weft.testkit.client.BigTransfer;
import dev.weft.testkit.client.ClientCapability;
import dev.weft.testkit.client.ClientUnderTest;
import dev.weft.testkit.client.KitServer;
import dev.weft.testkit.client.Wire;
import dev.weft.tooling.WeftModule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract. */
@ParameterizedClass(name = "OkHttp {0}")
@FieldSource("dev.weft.instrumentation.okhttp.OkHttps#VERSIONS")
class OkHttpContractTest extends AbstractVersionsTest {
  @Override
  protected WeftModule module() {
    return new OkHttpModule();
  }

  @Override
  public KitOptions<ClientCapability> options() {
    return KitOptions.of("okhttp", ClientCapability.class)
        .cannot(ClientCapability.HOLD_NO_THREAD, "a call of this client holds its thread anyway")
        .cannot(
            ClientCapability.MIRROR, "the thread of a call is the application's, and sends one");
  }

  @Override
  public Class<? extends BigTransfer.Client> bigClient() {
    return BigBodies.class;
  }

  @Override
  protected String newest() {
    return OkHttps.NEWEST;
  }

  @Override
  protected Class<? extends ClientUnderTest> user() {
    return OkHttpUser.class;
  }

  /** What the application knows of its server is agreed on in mesh TLS. */
  @Test
  void priorKnowledgeOfHttp2IsKept() throws Exception {
    outbound().route("orders", endpoint(Wire.MTLS_HTTP2, "orders", server(Wire.MTLS_HTTP2)));
    assertThat(play("priorKnowledge")).isEqualTo(List.of("h2_prior_knowledge 200 ok"));
  }

  @Test
  void whatGoesBothWaysAtOnceIsSentOnce() throws Exception {
    KitServer server = server(Wire.MTLS_HTTP2);
    outbound().route("orders", endpoint(Wire.MTLS_HTTP2, "orders", server));
    assertThat(play("duplex")).isEqualTo(List.of("200 ok"));
    assertThat(server.requests().get(0).text()).isEqualTo("both ways");
    assertThat(outbound().described().get(0).replayable()).isFalse();
  }

  private Object play(String scene) throws ReflectiveOperationException {
    Object scenes = LibraryLoader.make(version, Object.class, Scenes.class);
    return scenes.getClass().getMethod(scene, String.class).invoke(scenes, "http://orders/");
  }
}
