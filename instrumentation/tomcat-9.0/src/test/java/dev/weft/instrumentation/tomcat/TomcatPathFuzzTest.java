package dev.weft.instrumentation.tomcat;

import dev.weft.testkit.server.AbstractPathFuzzTest;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The lowest and the newest version of each line: they do not read paths alike. */
@ParameterizedClass(name = "Tomcat {0}")
@FieldSource("dev.weft.instrumentation.tomcat.TomcatUnderTest#VERSIONS")
class TomcatPathFuzzTest extends AbstractPathFuzzTest {
  TomcatPathFuzzTest(String version) {
    super(new TomcatFixture(version));
  }
}
