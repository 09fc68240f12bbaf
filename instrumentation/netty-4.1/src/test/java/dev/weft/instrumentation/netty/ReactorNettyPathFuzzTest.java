package dev.weft.instrumentation.netty;

import dev.weft.testkit.server.AbstractPathFuzzTest;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** The lowest and the newest version: they need not read paths alike. */
@ParameterizedClass(name = "Reactor Netty {0}")
@FieldSource("dev.weft.instrumentation.netty.ReactorNettyFixture#VERSIONS")
class ReactorNettyPathFuzzTest extends AbstractPathFuzzTest {
  ReactorNettyPathFuzzTest(String version) {
    super(new ReactorNettyFixture(version));
  }
}
