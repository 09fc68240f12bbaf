package dev.weft.proxy.net;

import dev.weft.testkit.server.AbstractHttpServerTest;

/** The contract of every server adapter: the inbound port stands for the application behind it. */
class ProxyServerKitTest extends AbstractHttpServerTest {
  ProxyServerKitTest() {
    super(new ProxyFixture(""));
  }
}
