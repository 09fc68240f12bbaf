package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** Tests of what only Tomcat has, on the lowest and the newest version of each line of Tomcat. */
@ParameterizedClass(name = "Tomcat {0}")
@FieldSource("dev.weft.instrumentation.tomcat.TomcatUnderTest#VERSIONS")
abstract class AbstractTomcatTest {
  final String version;

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
    return TomcatUnderTest.start(version, map);
  }
}
