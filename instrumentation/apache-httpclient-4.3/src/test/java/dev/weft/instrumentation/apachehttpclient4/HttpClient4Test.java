package dev.weft.instrumentation.apachehttpclient4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.client.AbstractApacheClassicTest;
import dev.weft.testkit.client.Scenes;
import dev.weft.tooling.WeftModule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the library has beyond the contract, on the versions of the contract and on others between
 * them.
 */
@ParameterizedClass(name = "HttpClient {0}")
@MethodSource("versions")
class HttpClient4Test extends AbstractApacheClassicTest {
  static Stream<String> versions() {
    return Stream.concat(Versions.CONTRACT.stream(), Versions.SMOKE.stream()).distinct();
  }

  @Override
  protected WeftModule module() {
    return new ApacheHttpClient4Module();
  }

  @Override
  protected Class<? extends Scenes> scenes() {
    return Application.class;
  }

  @Test
  void theContextShowsTheApplicationsRouteAndUri() throws Exception {
    orders();
    assertThat(play("context", "http://orders/x"))
        .isEqualTo(
            List.of(
                "http://orders:80",
                "null",
                "http://orders:80",
                "http://orders/x",
                "null",
                "UNCHALLENGED"));
  }

  @Test
  void anInterruptOfTheApplicationsOwnStaysOne() throws Exception {
    orders();
    assertThat(play("interrupt", "http://orders/")).isEqualTo(List.of("200 ok", true));
  }
}
