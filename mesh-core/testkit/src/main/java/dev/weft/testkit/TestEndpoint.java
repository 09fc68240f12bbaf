package dev.weft.testkit;

import dev.weft.bridge.MeshAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** An endpoint of a service on loopback, called by {@code shop}. */
public final class TestEndpoint extends MeshAddress {
  private static final long serialVersionUID = 1L;

  private final String service;
  private final boolean tls;
  private final transient AtomicInteger handshakes = new AtomicInteger();
  private transient volatile @Nullable Throwable failLayer;

  private TestEndpoint(int last, int port, String service, boolean tls) {
    super(label(last, service, port, tls ? "mtls" : "plain"), port);
    this.service = service;
    this.tls = tls;
  }

  /** An endpoint that speaks plaintext. */
  public static TestEndpoint plain(String service, int port) {
    return new TestEndpoint(1, port, service, false);
  }

  /** An endpoint that speaks mesh TLS and must be this service. */
  public static TestEndpoint tls(String service, int port) {
    return new TestEndpoint(1, port, service, true);
  }

  /** The same at another address of this machine, 127.0.0.{@code last}. */
  public TestEndpoint at(int last) {
    return new TestEndpoint(last, getPort(), service, tls);
  }

  private static InetAddress label(int last, String service, int port, String how) {
    try {
      return InetAddress.getByAddress(
          "127.0.0." + last + "-" + port + "." + service + "." + how + ".weft",
          new byte[] {127, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** Makes {@link #layer} throw this. */
  public void failLayer(RuntimeException error) {
    failLayer = error;
  }

  /** How often {@link #layer} has shaken hands. */
  public int handshakes() {
    return handshakes.get();
  }

  @Override
  public boolean tls() {
    return tls;
  }

  @Override
  public SSLEngine clientEngine(String... alpn) {
    SSLEngine engine = Identities.context("shop", service).createSSLEngine();
    engine.setUseClientMode(true);
    engine.setSSLParameters(parameters(engine.getSSLParameters(), alpn));
    return engine;
  }

  private SSLParameters parameters(SSLParameters parameters, String... alpn) {
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setServerNames(List.of(new SNIHostName(service + ".default.weft.internal")));
    parameters.setApplicationProtocols(alpn);
    return parameters;
  }

  @Override
  public Socket layer(Socket raw, int timeoutMillis) throws IOException {
    if (failLayer instanceof RuntimeException error) {
      throw error;
    }
    try {
      SSLSocket socket =
          (SSLSocket)
              Identities.context("shop")
                  .getSocketFactory()
                  .createSocket(raw, getHostString(), getPort(), true);
      socket.setSSLParameters(parameters(socket.getSSLParameters()));
      int before = raw.getSoTimeout();
      raw.setSoTimeout(timeoutMillis > 0 ? timeoutMillis : HANDSHAKE_MILLIS);
      socket.startHandshake();
      raw.setSoTimeout(before);
      String peer = Identities.peer(socket.getSession());
      if (!service.equals(peer)) {
        throw new SSLHandshakeException("the peer is " + peer + ", expected " + service);
      }
      handshakes.incrementAndGet();
      return socket;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  @Override
  public SSLSocketFactory sslSocketFactory() {
    return new Unshaken();
  }

  /** Puts TLS over connected sockets. */
  private final class Unshaken extends SSLSocketFactory {
    private final SSLSocketFactory real = Identities.context("shop", service).getSocketFactory();

    @Override
    public Socket createSocket(Socket raw, String host, int port, boolean autoClose)
        throws IOException {
      if (failLayer instanceof RuntimeException error) {
        throw error;
      }
      SSLSocket socket = (SSLSocket) real.createSocket(raw, getHostString(), getPort(), autoClose);
      socket.setSSLParameters(parameters(socket.getSSLParameters()));
      socket.addHandshakeCompletedListener(done -> handshakes.incrementAndGet());
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress address, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return real.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return real.getSupportedCipherSuites();
    }
  }
}
