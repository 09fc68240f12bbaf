package dev.weft.instrumentation.tomcat;

import dev.weft.testkit.server.AbstractHttpServerTest;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract, on the lowest and the newest version of each line of Tomcat. */
@ParameterizedClass(name = "Tomcat {0}")
@FieldSource("dev.weft.instrumentation.tomcat.TomcatUnderTest#VERSIONS")
class TomcatServerTest extends AbstractHttpServerTest {
  TomcatServerTest(String version) {
    super(new TomcatFixture(version));
  }
}
