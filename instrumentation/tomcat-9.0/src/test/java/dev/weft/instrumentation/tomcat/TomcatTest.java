package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

@ParameterizedClass
@FieldSource("dev.weft.instrumentation.tomcat.TomcatUnderTest#VERSIONS")
class TomcatTest {
  private final String version;
  @TempDir Path base;

  TomcatTest(String version) {
    this.version = version;
  }

  @BeforeEach
  void forget() {
    TestMesh.get().reset();
  }

  @AfterEach
  void nothingWentWrong() {
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
  }

  private TomcatUnderTest start(Map<String, Object> options) throws Exception {
    return TomcatUnderTest.start(version, base, options);
  }

  @Test
  void plaintextAndMeshTlsOnOnePort() throws Exception {
    try (TomcatUnderTest tomcat = start(Map.of())) {
      TestListener listener = tomcat.listener();
      try (Http1 plain = Http1.plain(tomcat.port());
          Http1 tls = Http1.tls(tomcat.port(), "shop")) {
        assertThat(plain.get("/facts").text()).contains("scheme=http\n", "secure=false");
        assertThat(tls.get("/facts").text()).contains("scheme=http\n", "secure=false");
      }
      assertThat(listener.asked())
          .extracting(TestListener.Asked::peer)
          .containsExactly(null, "shop");
    }
  }
}
