package dev.weft.proxy.net;

import dev.weft.bridge.MeshAddress;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;

/** An address that is not the mesh's: the application's own port, or somebody outside. */
final class DirectAddress extends MeshAddress {
  private static final long serialVersionUID = 1L;

  DirectAddress(InetAddress address, int port) {
    super(address, port);
  }

  @Override
  public boolean tls() {
    return false;
  }

  @Override
  public SSLEngine clientEngine(String... alpn) {
    throw new IllegalStateException(this + " is plaintext");
  }

  @Override
  public Socket layer(Socket raw, int timeoutMillis) {
    throw new IllegalStateException(this + " is plaintext");
  }

  @Override
  public SSLSocketFactory sslSocketFactory() {
    throw new IllegalStateException(this + " is plaintext");
  }
}
