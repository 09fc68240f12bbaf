package dev.weft.instrumentation.netty;

import dev.weft.testkit.server.AbstractPathFuzzTest;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** On the newest version of each line: they do not read paths alike. */
@ParameterizedClass(name = "Vert.x {0}")
@FieldSource("dev.weft.instrumentation.netty.VertxFixture#VERSIONS")
class VertxPathFuzzTest extends AbstractPathFuzzTest {
  VertxPathFuzzTest(String version) {
    super(new VertxFixture(version));
  }
}
