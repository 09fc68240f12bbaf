package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Identities;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** Every test, on the lowest and the newest version of each line of Tomcat. */
@ParameterizedClass(name = "Tomcat {0}")
@FieldSource("dev.weft.instrumentation.tomcat.TomcatUnderTest#VERSIONS")
abstract class AbstractTomcatTest {
  /** What it cannot do over HTTP/2, with or without us: async timeouts, uploads of some size. */
  static final String WEAK_HTTP_2 = "9.0.30";

  final String version;
  @TempDir Path base;

  AbstractTomcatTest(String version) {
    this.version = version;
  }

  @BeforeEach
  void forget() {
    TestMesh.get().reset();
  }

  /** A swallowed error of an advice fails the test. */
  @AfterEach
  void nothingWentWrong() {
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
  }

  /** Starts the application; options in pairs, as {@code App} knows them. */
  TomcatUnderTest start(Object... options) throws Exception {
    Map<String, Object> map = new HashMap<>();
    for (int i = 0; i < options.length; i += 2) {
      map.put((String) options[i], options[i + 1]);
    }
    return TomcatUnderTest.start(version, base, map);
  }

  /** A finished client that speaks mesh TLS as {@code shop}, HTTP/2 if the server will. */
  static HttpClient meshClient() {
    SSLParameters parameters = new SSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(TestListener.SNI)));
    parameters.setProtocols(new String[] {"TLSv1.3"});
    return HttpClient.newBuilder()
        .sslContext(Identities.context("shop"))
        .sslParameters(parameters)
        .build();
  }

  static HttpRequest.Builder request(TomcatUnderTest tomcat, String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + tomcat.port() + path));
  }
}
