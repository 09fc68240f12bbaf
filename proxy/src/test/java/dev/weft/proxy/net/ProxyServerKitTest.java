package dev.weft.proxy.net;

import dev.weft.testkit.server.AbstractHttpServerTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract of every server adapter: the inbound port stands for the application behind it. */
class ProxyServerKitTest extends AbstractHttpServerTest {
  ProxyServerKitTest() {
    super(new ProxyFixture(""));
  }

  @Override
  @Test
  @Tag("same-on-every-jdk")
  public void twoGigabytesEachWayInASmallHeap() throws Exception {
    super.twoGigabytesEachWayInASmallHeap();
  }
}
