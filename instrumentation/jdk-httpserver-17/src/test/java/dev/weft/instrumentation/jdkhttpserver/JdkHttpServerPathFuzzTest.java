package dev.weft.instrumentation.jdkhttpserver;

import dev.weft.testkit.server.AbstractPathFuzzTest;

/** On the server of the JDK that runs the tests. */
class JdkHttpServerPathFuzzTest extends AbstractPathFuzzTest {
  JdkHttpServerPathFuzzTest() {
    super(new JdkHttpServerFixture(""));
  }
}
