package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.MeshAddress;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;

/** An address that nobody can have: connecting fails at once, and without asking DNS. */
final class Nowhere extends MeshAddress {
  private static final long serialVersionUID = 1L;

  static final Nowhere ADDRESS = new Nowhere();

  private Nowhere() {
    super(loopback(), 0);
  }

  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress("refused.weft.invalid", new byte[] {127, 0, 0, 1});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  @Override
  public boolean tls() {
    return false;
  }

  @Override
  public SSLEngine clientEngine(String... alpn) {
    throw new IllegalStateException("nobody is called");
  }

  @Override
  public Socket layer(Socket raw, int timeoutMillis) {
    throw new IllegalStateException("nobody is called");
  }

  @Override
  public SSLSocketFactory sslSocketFactory() {
    throw new IllegalStateException("nobody is called");
  }
}
