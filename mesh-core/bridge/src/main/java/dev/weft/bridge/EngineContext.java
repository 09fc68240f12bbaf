package dev.weft.bridge;

import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Makes engines for one endpoint, and nothing else. */
final class EngineContext extends SSLContext {
  EngineContext(MeshAddress address, String[] protocols) {
    super(new Spi(address, protocols), null, "TLS");
  }

  private static final class Spi extends SSLContextSpi {
    private final MeshAddress address;
    private final String[] protocols;

    Spi(MeshAddress address, String[] protocols) {
      this.address = address;
      this.protocols = protocols;
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return address.clientEngine(protocols);
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return address.clientEngine(protocols);
    }

    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys,
        TrustManager @Nullable [] trust,
        @Nullable SecureRandom random) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      throw new UnsupportedOperationException();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      throw new UnsupportedOperationException();
    }
  }
}
