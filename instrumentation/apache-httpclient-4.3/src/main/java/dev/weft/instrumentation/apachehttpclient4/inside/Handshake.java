package dev.weft.instrumentation.apachehttpclient4.inside;

import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Waits for a handshake. A connection keeps it as long as it lives: then it refers to nobody. */
final class Handshake implements HostnameVerifier {
  private @Nullable AsyncAttempt waiting;

  Handshake(AsyncAttempt waiting) {
    this.waiting = waiting;
  }

  /** Who the peer is, the engine has seen to. */
  @Override
  public boolean verify(String host, SSLSession session) {
    AsyncAttempt told = waiting;
    waiting = null;
    if (told != null) {
      told.shaken();
    }
    return true;
  }
}
