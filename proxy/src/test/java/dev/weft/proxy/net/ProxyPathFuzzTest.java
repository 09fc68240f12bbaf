package dev.weft.proxy.net;

import dev.weft.testkit.server.AbstractPathFuzzTest;

/** With Tomcat behind it. */
class ProxyPathFuzzTest extends AbstractPathFuzzTest {
  ProxyPathFuzzTest() {
    super(new ProxyFixture(""));
  }
}
