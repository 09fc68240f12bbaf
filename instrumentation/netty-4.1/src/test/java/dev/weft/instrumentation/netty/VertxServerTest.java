package dev.weft.instrumentation.netty;

import dev.weft.testkit.server.AbstractHttpServerTest;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The contract, on the newest version of each line of Vert.x. */
@ParameterizedClass(name = "Vert.x {0}")
@FieldSource("dev.weft.instrumentation.netty.VertxFixture#VERSIONS")
class VertxServerTest extends AbstractHttpServerTest {
  VertxServerTest(String version) {
    super(new VertxFixture(version));
  }
}
