package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.MeshAddress;
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

/** The library takes engines from a context only: here it gets the mesh's. */
final class EngineContext extends SSLContext {
  EngineContext(MeshAddress address) {
    super(new Spi(address), null, "TLS");
  }

  /** Makes engines for one endpoint, and nothing else. */
  static final class Spi extends SSLContextSpi {
    private final MeshAddress address;

    Spi(MeshAddress address) {
      this.address = address;
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return address.clientEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return address.clientEngine();
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
