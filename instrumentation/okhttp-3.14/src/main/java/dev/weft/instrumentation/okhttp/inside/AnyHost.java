package dev.weft.instrumentation.okhttp.inside;

import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSession;

/** Who the peer is was decided when hands were shaken: by its identity, not by a host's name. */
final class AnyHost implements HostnameVerifier {
  static final AnyHost INSTANCE = new AnyHost();

  private AnyHost() {}

  @Override
  public boolean verify(String host, SSLSession session) {
    return true;
  }
}
