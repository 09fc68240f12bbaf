package dev.weft.instrumentation.apachehttpclient5.inside;

import javax.net.ssl.SSLEngine;
import org.apache.hc.core5.http2.ssl.ApplicationProtocol;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.ssl.SSLSessionVerifier;
import org.apache.hc.core5.reactor.ssl.TlsDetails;

/** What came of a handshake. A connection keeps it as long as it lives: it refers to nobody. */
final class Verified implements SSLSessionVerifier {
  private volatile boolean done;
  private volatile boolean http2;

  @Override
  public TlsDetails verify(NamedEndpoint endpoint, SSLEngine engine) {
    String protocol = engine.getApplicationProtocol();
    http2 = ApplicationProtocol.HTTP_2.id.equals(protocol);
    done = true;
    return new TlsDetails(null, protocol);
  }

  /** Whether hands have been shaken. */
  boolean isDone() {
    return done;
  }

  boolean isHttp2() {
    return http2;
  }
}
