package dev.weft.instrumentation.jdkhttpserver;

import dev.weft.testkit.server.AbstractHttpServerTest;

/** The contract, on the server of the JDK that runs the tests. */
class JdkHttpServerKitTest extends AbstractHttpServerTest {
  JdkHttpServerKitTest() {
    super(new JdkHttpServerFixture(""));
  }
}
